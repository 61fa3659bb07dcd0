{
const root = document.documentElement;
const prefersDark = matchMedia("(prefers-color-scheme: dark)");
for (const button of document.querySelectorAll("[data-theme-toggle]")) {
button.hidden = false;
button.addEventListener("click", () => {
const dark = root.dataset.theme ? root.dataset.theme === "dark" : prefersDark.matches;
root.dataset.theme = dark ? "light" : "dark";
const secure = location.protocol === "https:" ? "; secure" : "";
document.cookie = `theme=${root.dataset.theme}; path=/; max-age=31536000; samesite=lax${secure}`;
});
}
}
{
const texts = document.querySelector("[data-toasts]").dataset;
const progress = document.querySelector("[data-progress]");
const refuse = () => { throw new Error("Evaluating text is switched off."); };
htmx.registerExtension("strict", { init: (api) => api.initSecurity(null, refuse, refuse) });
const showAlert = (source, sentence) => {
const form = source.closest("form");
const holder = form ?? (source.closest("dialog") ?? document).querySelector("[data-alerts]") ?? document.body;
holder.querySelector(":scope > [data-refusal]")?.remove();
const alert = document.createElement("div");
alert.className = "alert tone-danger";
alert.dataset.refusal = "";
alert.setAttribute("role", "alert");
alert.textContent = sentence;
holder.prepend(alert);
alert.scrollIntoView({ block: "nearest" });
};
document.addEventListener("htmx:config:request", ({ detail: { ctx } }) => {
if (!["GET", "HEAD"].includes(ctx.request.method)) {
ctx.request.headers["X-CSRFToken"] = document.querySelector('meta[name="csrf-token"]').content;
}
});
let running = 0;
document.addEventListener("htmx:before:request", ({ detail: { ctx } }) => {
progress.classList.toggle("on", ++running > 0);
const form = ctx.sourceElement.closest("form");
form?.querySelector(":scope > [data-refusal]")?.remove();
});
document.addEventListener("htmx:finally:request", () => {
running = Math.max(0, running - 1);
progress.classList.toggle("on", running > 0);
});
document.addEventListener("htmx:after:request", (event) => {
const { ctx } = event.detail;
const status = ctx.response.status;
if (status < 400 && !/<form[^>]* data-login/.test(ctx.text)) return;
const page = new DOMParser().parseFromString(ctx.text, "text/html");
if ([409, 422].includes(status) && !page.querySelector("[data-error]")) return;
event.preventDefault();
const sentence = page.querySelector("[data-sentence]")?.textContent.trim();
showAlert(ctx.sourceElement, status < 400 || status === 401 ? texts.ended : sentence || texts.refused);
});
document.addEventListener("htmx:error", ({ detail: { ctx } }) => {
if (ctx?.sourceElement && !ctx.response) showAlert(ctx.sourceElement, texts.failed);
});
}
{
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
}
{
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
dialog.addEventListener("pointerdown", (event) => {
const typed = [...dialog.querySelectorAll("input, textarea, select")].some((field) => field.value !== field.defaultValue && field.matches("textarea, input[type=text]"));
if (event.target === dialog && !typed) dialog.addEventListener("pointerup", (up) => up.target === dialog && dialog.close(), { once: true });
});
dialog.addEventListener("click", (event) => {
if (!event.target.closest("[data-close]")) return;
event.preventDefault();
dialog.close();
});
}
{
if (!CSS.supports("position-area", "block-end")) {
document.addEventListener("click", (event) => {
const button = event.target.closest("[popovertarget]");
const menu = button && document.getElementById(button.getAttribute("popovertarget"));
if (!menu?.matches(".menu")) return;
const at = button.getBoundingClientRect();
requestAnimationFrame(() => {
const below = at.bottom + menu.offsetHeight < innerHeight;
menu.style.inset = "auto";
menu.style.left = `${Math.max(8, Math.min(at.left, innerWidth - menu.offsetWidth - 8))}px`;
menu.style.top = `${below ? at.bottom + 4 : Math.max(8, at.top - menu.offsetHeight - 4)}px`;
});
});
}
}
{
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
const composer = document.querySelector(".composer");
if (composer) {
composer.classList.add("brief");
composer.addEventListener("focusin", (event) => event.target.matches("textarea") && composer.classList.remove("brief"));
document.addEventListener("click", (event) => composer.classList.toggle("brief", !composer.contains(event.target)));
}
document.querySelector("main [data-focus]")?.focus();
}
{
const prefix = "draft:";
const pending = "draft-sent";
const keep = (name, value) => { try { value ? sessionStorage.setItem(name, value) : sessionStorage.removeItem(name); } catch { /* storage is full or forbidden */ } };
const read = (name) => { try { return sessionStorage.getItem(name); } catch { return null; } };
const forms = () => [...document.querySelectorAll("form[data-draft]")];
const areas = (form) => [...form.querySelectorAll("textarea[name]")];
const choiceOf = (form) => (form.dataset.draftBy ? form.elements[form.dataset.draftBy].value : "");
const keyOf = (form, choice = choiceOf(form)) => (choice ? `${form.dataset.draft}-${choice}` : form.dataset.draft);
const nameOf = (form, area, choice) => `${prefix}${keyOf(form, choice)}:${area.name}`;
const forget = (key) => {
try {
Object.keys(sessionStorage).filter((name) => name.startsWith(`${prefix}${key}:`)).forEach((name) => sessionStorage.removeItem(name));
} catch { /* nothing was kept */ }
};
const sent = read(pending);
if (sent) {
const returned = performance.getEntriesByType("navigation")[0]?.type === "back_forward";
const refused = document.querySelector("form[data-login], [data-error], .error-summary, [aria-invalid=true]");
if (!returned && !refused) forget(sent);
keep(pending, "");
}
addEventListener("pageshow", (event) => event.persisted && keep(pending, ""));
const restore = () => {
for (const form of forms()) {
const choices = form.dataset.draftBy ? [...form.querySelectorAll(`[name="${form.dataset.draftBy}"]`)] : [];
const kept = (choice) => areas(form).some((area) => read(nameOf(form, area, choice.value)));
const other = choices.find((choice) => !choice.checked && kept(choice));
if (other && !kept(choices.find((choice) => choice.checked)) && areas(form).every((area) => !area.value)) other.checked = true;
form.dataset.draftChoice = choiceOf(form);
for (const area of areas(form)) area.value ||= read(nameOf(form, area)) ?? "";
}
};
restore();
document.addEventListener("htmx:after:settle", restore);
document.addEventListener("change", (event) => {
const form = event.target.form;
if (!form?.dataset.draftBy || event.target.name !== form.dataset.draftBy) return;
for (const area of areas(form)) {
const name = nameOf(form, area, form.dataset.draftChoice);
keep(name, area.value);
if (area.value && read(name) !== area.value) continue; // nowhere to keep it: leave it in sight
area.value = read(nameOf(form, area)) ?? "";
}
form.dataset.draftChoice = choiceOf(form);
});
document.addEventListener("input", (event) => {
const form = event.target.form;
if (form?.dataset.draft && event.target.matches("textarea[name]")) keep(nameOf(form, event.target), event.target.value);
});
document.addEventListener("submit", (event) => {
if (event.target.dataset.draft && !event.defaultPrevented) keep(pending, keyOf(event.target));
});
document.addEventListener("htmx:after:request", (event) => {
const form = event.detail.ctx.sourceElement.closest("form[data-draft]");
if (form && event.detail.ctx.response.status < 300 && !event.defaultPrevented) forget(keyOf(form));
});
}
{
const stream = document.querySelector("[data-newest-last]");
if (stream && !location.hash) stream.scrollTop = stream.scrollHeight;
const list = document.querySelector("[data-queue]");
const back = document.querySelector("[data-back-to-queue] a");
try {
if (list) sessionStorage.setItem("queue", location.search);
if (back) back.search = sessionStorage.getItem("queue") ?? "";
} catch { /* storage is forbidden */ }
}
