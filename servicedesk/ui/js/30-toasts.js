// Toasts that the server wrote: read out (a live region speaks of changes only), closable, gone after 10 s
// unless the pointer or the focus is on them.
const region = document.querySelector("[data-toasts]");
for (const toast of [...region.querySelectorAll(".toast")]) {
  toast.remove();
  const close = document.createElement("button");
  close.type = "button";
  close.setAttribute("aria-label", region.dataset.dismiss);
  close.textContent = "✕";
  close.addEventListener("click", () => toast.remove());
  toast.append(close);
  const leave = () => (toast.matches(":hover, :focus-within") ? setTimeout(leave, 4000) : toast.remove());
  setTimeout(() => region.append(toast), 150);
  setTimeout(leave, 10000);
}
