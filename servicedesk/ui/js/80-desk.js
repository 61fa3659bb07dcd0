// The newest message is in sight when a ticket opens, unless the address names another one.
const stream = document.querySelector("[data-newest-last]");
if (stream && !location.hash) stream.scrollTop = stream.scrollHeight;

// The way back from a ticket leads to the queue as it was filtered.
const list = document.querySelector("[data-queue]");
const back = document.querySelector("[data-back-to-queue] a");
try {
  if (list) sessionStorage.setItem("queue", location.search);
  if (back) back.search = sessionStorage.getItem("queue") ?? "";
} catch { /* storage is forbidden */ }
