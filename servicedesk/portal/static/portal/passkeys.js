// Passkeys: asks the browser for one and puts its answer into the form. Without support the forms stay hidden or say so.
const forms = document.querySelectorAll("form[data-passkey], form[data-passkey-login]");
const supported = Boolean(window.PublicKeyCredential?.parseRequestOptionsFromJSON && window.PublicKeyCredential.prototype.toJSON);

const optionsFor = async (form) => {
  if (!form.dataset.passkeyLogin) return JSON.parse(document.getElementById("passkey-options").textContent);
  const answer = await fetch(form.dataset.passkeyLogin, { headers: { Accept: "application/json" } });
  if (!answer.ok) throw new Error("The server gave no options.");
  return answer.json();
};

const ask = async (form) => {
  const { publicKey } = await optionsFor(form);
  if (form.dataset.passkey === "create") {
    return navigator.credentials.create({ publicKey: PublicKeyCredential.parseCreationOptionsFromJSON(publicKey) });
  }
  return navigator.credentials.get({ publicKey: PublicKeyCredential.parseRequestOptionsFromJSON(publicKey) });
};

for (const form of forms) {
  const failed = form.querySelector("[data-passkey-failed]");
  if (supported) form.hidden = false;
  // Before the page's own handler, which lets a form be sent only once.
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    event.stopPropagation();
    failed.hidden = true;
    try {
      if (!supported) throw new Error("This browser has no passkeys.");
      const credential = await ask(form);
      form.elements.credential.value = JSON.stringify(credential.toJSON());
      form.submit();
    } catch {
      failed.hidden = false;
    }
  });
}
