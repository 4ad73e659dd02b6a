// Passkeys: a form asks its server for a challenge, the device signs it, and the form is sent like any other.
//
//   <form data-passkey="create|get" data-begin="/address/">   its hidden field `answer` is filled with what was signed
//   [data-passkey-trouble]                                    where it is said why not
//
// Without this script, or in a browser without passkeys, the form says so and sends nothing.

const bytesOf = (text) => {
  const plain = atob(text.replace(/-/g, "+").replace(/_/g, "/"));
  return Uint8Array.from(plain, (letter) => letter.charCodeAt(0));
};
const textOf = (buffer) => {
  const plain = String.fromCharCode(...new Uint8Array(buffer));
  return btoa(plain).replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "");
};
const described = (list) => (list || []).map((one) => ({ ...one, id: bytesOf(one.id) }));

const create = async (options) => {
  const user = { ...options.user, id: bytesOf(options.user.id) };
  const excludeCredentials = described(options.excludeCredentials);
  const publicKey = { ...options, user, excludeCredentials, challenge: bytesOf(options.challenge) };
  const made = await navigator.credentials.create({ publicKey });
  return {
    id: made.id,
    rawId: textOf(made.rawId),
    type: made.type,
    response: {
      clientDataJSON: textOf(made.response.clientDataJSON),
      attestationObject: textOf(made.response.attestationObject),
    },
  };
};
const get = async (options) => {
  const allowCredentials = described(options.allowCredentials);
  const publicKey = { ...options, allowCredentials, challenge: bytesOf(options.challenge) };
  const shown = await navigator.credentials.get({ publicKey });
  const handle = shown.response.userHandle;
  return {
    id: shown.id,
    rawId: textOf(shown.rawId),
    type: shown.type,
    response: {
      clientDataJSON: textOf(shown.response.clientDataJSON),
      authenticatorData: textOf(shown.response.authenticatorData),
      signature: textOf(shown.response.signature),
      userHandle: handle && handle.byteLength ? textOf(handle) : null,
    },
  };
};

const say = (form, sentence) => {
  const place = form.querySelector("[data-passkey-trouble]");
  place.textContent = sentence;
  place.hidden = !sentence;
};
const reason = (error) =>
  ({
    NotAllowedError: "It was broken off, took too long, or no passkey for this site is here.",
    InvalidStateError: "This device has a passkey for your account already.",
    SecurityError: "Passkeys cannot be used at this address.",
  })[error.name] || "The passkey could not be used. Try again.";

// The challenge; nothing when the page has gone somewhere else to be told first who we are.
const begin = async (form) => {
  const answer = await fetch(form.dataset.begin, {
    method: "POST",
    headers: { "X-CSRFToken": form.elements.csrfmiddlewaretoken.value, "HX-Request": "true" },
  });
  const elsewhere = answer.headers.get("HX-Redirect") || (answer.redirected && answer.url);
  if (elsewhere) {
    location.assign(elsewhere);
    return null;
  }
  const said = await answer.json();
  if (!answer.ok) throw Object.assign(new Error(said.sentence), { sentence: said.sentence });
  return said;
};

const work = async (form) => {
  if (form.dataset.busy) return;
  form.dataset.busy = "yes";
  say(form, "");
  try {
    const options = await begin(form);
    if (!options) return;
    const signed = await (form.dataset.passkey === "create" ? create : get)(options);
    form.elements.answer.value = JSON.stringify(signed);
    form.submit();
  } catch (error) {
    say(form, error.sentence || reason(error));
  } finally {
    delete form.dataset.busy;
  }
};

document.addEventListener("submit", (event) => {
  if (!event.target.matches("[data-passkey]")) return;
  event.preventDefault();
  if (window.PublicKeyCredential) work(event.target);
  else say(event.target, "This browser knows no passkeys.");
});
