// htmx: the CSRF token, no evaluation of text, a progress bar, and refusals as an alert beside the action.
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
  // 409 and 422 bring a form or a comparison to show in place, unless they are whole error pages.
  if ([409, 422].includes(status) && !page.querySelector("[data-error]")) return;
  event.preventDefault();
  const sentence = page.querySelector("[data-sentence]")?.textContent.trim();
  showAlert(ctx.sourceElement, status < 400 || status === 401 ? texts.ended : sentence || texts.refused);
});
document.addEventListener("htmx:error", ({ detail: { ctx } }) => {
  if (ctx?.sourceElement && !ctx.response) showAlert(ctx.sourceElement, texts.failed);
});
