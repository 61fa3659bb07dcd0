// A copy of what is being written in form[data-draft="key"], kept in this tab until the server has the text.
// With data-draft-by="name" each choice of that radio group has a text of its own: a note never turns into a reply.
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
