// Passkeys: asks the browser, puts the answer into the form, sends the form.
"use strict";
const waiting = { stop: null };
const words = {
  missing: "This browser cannot use passkeys. Use another browser, or another authenticator.",
  cancelled: "Nothing was done: the passkey was not used. You can try again.",
  known: "This authenticator is registered already.",
  insecure: "Passkeys need a secure connection. Check the address of this page.",
  other: "The passkey could not be used. Try again, or use another authenticator.",
};

const say = (form, text) => {
  const place = form.querySelector(".passkey-said");
  if (place) place.textContent = text;
};

const why = (error) => {
  if (error.name === "NotAllowedError" || error.name === "AbortError") return words.cancelled;
  if (error.name === "InvalidStateError") return words.known;
  return error.name === "SecurityError" ? words.insecure : words.other;
};

const can = () =>
  Boolean(window.PublicKeyCredential && PublicKeyCredential.parseRequestOptionsFromJSON);

const send = (form, credential) => {
  form.elements.response.value = JSON.stringify(credential.toJSON());
  form.submit();
};

const ask = (form, conditional, signal) => {
  const options = JSON.parse(form.dataset.options);
  const inner = options.publicKey || options;
  if (form.dataset.passkey === "create") {
    return navigator.credentials.create({ publicKey: PublicKeyCredential.parseCreationOptionsFromJSON(inner), signal });
  }
  const request = { publicKey: PublicKeyCredential.parseRequestOptionsFromJSON(inner), signal };
  if (conditional) request.mediation = "conditional";
  return navigator.credentials.get(request);
};

const submitted = async (event) => {
  const form = event.target;
  if (!form.matches("form[data-passkey]")) return;
  event.preventDefault();
  if (!can()) return say(form, words.missing);
  if (form.dataset.asking) return;
  form.dataset.asking = "yes";
  say(form, "Waiting for your passkey …");
  if (waiting.stop) waiting.stop.abort();
  try {
    send(form, await ask(form, false, undefined));
  } catch (error) {
    say(form, why(error));
  } finally {
    delete form.dataset.asking;
  }
};

// Sign-in: the passkey is offered where the name is typed, where the browser can do that.
const autofill = async (form) => {
  if (!can() || !PublicKeyCredential.isConditionalMediationAvailable) return;
  if (!(await PublicKeyCredential.isConditionalMediationAvailable())) return;
  waiting.stop = new AbortController();
  try {
    send(form, await ask(form, true, waiting.stop.signal));
  } catch {
    // Nobody asked for it yet: the button says what is wrong.
  }
};

// On the document: a live page puts new forms in the place of old ones.
document.addEventListener("submit", submitted);
const first = document.querySelector("form[data-autofill]");
if (first) autofill(first);
