// A copy of what is being written in form[data-draft="key"], kept in this tab until the server has the text.
const prefix = "draft:";
const pending = "draft-sent";
const keep = (name, value) => { try { value ? sessionStorage.setItem(name, value) : sessionStorage.removeItem(name); } catch { /* storage is full or forbidden */ } };
const read = (name) => { try { return sessionStorage.getItem(name); } catch { return null; } };
const forms = () => [...document.querySelectorAll("form[data-draft]")];
const areas = (form) => [...form.querySelectorAll("textarea[name]")];
const nameOf = (form, area) => `${prefix}${form.dataset.draft}:${area.name}`;
const forget = (key) => {
  try {
    Object.keys(sessionStorage).filter((name) => name.startsWith(`${prefix}${key}:`)).forEach((name) => sessionStorage.removeItem(name));
  } catch { /* nothing was kept */ }
};

// The page after a sent form: the text has arrived, unless this is the sign-in page, an error or the form again.
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
    for (const area of areas(form)) {
      const kept = read(nameOf(form, area));
      if (kept && !area.value) area.value = kept;
    }
  }
};
restore();
document.addEventListener("htmx:after:settle", restore);

document.addEventListener("input", (event) => {
  const form = event.target.form;
  if (form?.dataset.draft && event.target.matches("textarea[name]")) keep(nameOf(form, event.target), event.target.value);
});
document.addEventListener("submit", (event) => {
  if (event.target.dataset.draft && !event.defaultPrevented) keep(pending, event.target.dataset.draft);
});
document.addEventListener("htmx:after:request", (event) => {
  const form = event.detail.ctx.sourceElement.closest("form[data-draft]");
  if (form && event.detail.ctx.response.status < 300 && !event.defaultPrevented) forget(form.dataset.draft);
});
