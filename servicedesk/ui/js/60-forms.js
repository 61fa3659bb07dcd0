// Forms: sent once, Ctrl+Enter sends, files can be dropped anywhere on the form, errors get the focus.
const release = (form) => {
  delete form.dataset.sending;
  form.querySelectorAll("[aria-busy]").forEach((button) => button.removeAttribute("aria-busy"));
};
const isHtmx = (form) => form.matches("[hx-post], [hx-put], [hx-patch], [hx-delete]");

document.addEventListener("submit", (event) => {
  if (!event.target.dataset.sending) return;
  event.preventDefault();
  event.stopImmediatePropagation();
}, true);
document.addEventListener("submit", (event) => {
  const form = event.target;
  if (form.method !== "post" || (event.defaultPrevented && !isHtmx(form))) return;
  form.dataset.sending = "1";
  event.submitter?.setAttribute("aria-busy", "true");
  // An answer that is a download leaves the page as it is.
  if (!isHtmx(form)) setTimeout(release, 10000, form);
});
document.addEventListener("htmx:finally:request", ({ detail: { ctx } }) => {
  const form = ctx.sourceElement.closest("form");
  if (form) release(form);
});
addEventListener("pageshow", () => document.querySelectorAll("form[data-sending]").forEach(release));

document.addEventListener("keydown", (event) => {
  if (event.key !== "Enter" || !(event.ctrlKey || event.metaKey) || event.isComposing) return;
  if (!event.target.matches("textarea") || !event.target.form) return;
  event.preventDefault();
  event.target.form.requestSubmit(event.target.form.querySelector("button.primary:not([type=button])"));
});

const fileInput = (event) => event.dataTransfer?.types.includes("Files") &&
  event.target.closest?.("form")?.querySelector("input[type=file]");
document.addEventListener("dragover", (event) => {
  const input = fileInput(event);
  if (!input) return;
  if (event.target !== input) event.preventDefault();
  input.classList.add("dragging");
});
document.addEventListener("dragleave", (event) => {
  const form = event.target.closest?.("form");
  if (form && !form.contains(event.relatedTarget)) form.querySelectorAll(".dragging").forEach((input) => input.classList.remove("dragging"));
});
document.addEventListener("drop", (event) => {
  const input = fileInput(event);
  if (!input) return;
  input.classList.remove("dragging");
  if (event.target === input) return;
  event.preventDefault();
  const files = new DataTransfer();
  const given = [...(input.multiple ? input.files : []), ...event.dataTransfer.files];
  given.slice(0, input.multiple ? undefined : 1).forEach((file) => files.items.add(file));
  input.files = files.files;
  input.dispatchEvent(new Event("change", { bubbles: true }));
});

// On phones the composer is one line until it is used. It grows after a click, never under the finger.
const composer = document.querySelector(".composer");
if (composer) {
  composer.classList.add("brief");
  composer.addEventListener("focusin", (event) => event.target.matches("textarea") && composer.classList.remove("brief"));
  document.addEventListener("click", (event) => composer.classList.toggle("brief", !composer.contains(event.target)));
}

document.querySelector("main [data-focus]")?.focus();
