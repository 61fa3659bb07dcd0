// A link with hx-get and hx-target="#dialog" opens what it loads in the dialog. Without scripts it is a page.
const dialog = document.getElementById("dialog");
let opener = null;
document.addEventListener("htmx:after:swap", ({ detail: { ctx } }) => {
  if (ctx.target !== dialog || !dialog.firstElementChild) return;
  if (!dialog.open) {
    opener = ctx.sourceElement;
    dialog.showModal();
  }
  const first = dialog.querySelector("[data-focus], [autofocus], [aria-invalid=true]") ??
    dialog.querySelector("input:not([type=hidden]), select, textarea") ?? dialog.querySelector("#dialog-title");
  first?.focus();
});
dialog.addEventListener("close", () => {
  dialog.replaceChildren();
  if (opener?.isConnected) opener.focus();
});
// A press and release on the backdrop closes, but not when that would cost text.
dialog.addEventListener("pointerdown", (event) => {
  const typed = [...dialog.querySelectorAll("input, textarea, select")].some((field) => field.value !== field.defaultValue && field.matches("textarea, input[type=text]"));
  if (event.target === dialog && !typed) dialog.addEventListener("pointerup", (up) => up.target === dialog && dialog.close(), { once: true });
});
dialog.addEventListener("click", (event) => {
  if (!event.target.closest("[data-close]")) return;
  event.preventDefault();
  dialog.close();
});
