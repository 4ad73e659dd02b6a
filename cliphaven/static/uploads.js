// Sends a chosen file straight to the storage, with a leave that the house gives for this one file. Without this script
// the same form asks for the file's kind first, and the next page has a form that the browser sends by itself.

const forms = document.querySelectorAll("form[data-upload]");

const megabytes = (bytes) => `${Math.floor(bytes / 1048576)} MB`;

const problemOf = (file, form) => {
  if (!file) return "Choose a file first.";
  if (!form.dataset.types.split(",").includes(file.type)) return `We take ${form.dataset.taken}`;
  if (file.size > Number(form.dataset.mostBytes)) {
    return `It is larger than ${megabytes(Number(form.dataset.mostBytes))}. Make it smaller.`;
  }
  return file.size ? "" : "The file is empty: choose another one.";
};

// Where the file may go: the house's answer, or an error whose message is for people.
const leaveFor = async (file, form) => {
  const order = new FormData(form);
  order.set("said_type", file.type);
  order.set("size_bytes", String(file.size));
  order.set("said_name", file.name.slice(-120));
  const answer = await fetch(form.action, { method: "POST", body: order, headers: { Accept: "application/json" } });
  if (!(answer.headers.get("Content-Type") || "").includes("json")) throw new Error("Sign in once more, then send it.");
  const said = await answer.json();
  if (!answer.ok) throw new Error(said.detail);
  return said;
};

const sendTo = (leave, file, progress) =>
  new Promise((resolve, reject) => {
    const letter = new FormData();
    for (const [name, value] of Object.entries(leave.fields)) letter.append(name, value);
    letter.append("file", file);
    const request = new XMLHttpRequest();
    request.upload.addEventListener("progress", (event) => {
      if (event.lengthComputable) progress.value = Math.round((100 * event.loaded) / event.total);
    });
    request.addEventListener("load", () => {
      if (request.status < 300) resolve();
      else reject(new Error("The storage did not take it. Choose the file once more."));
    });
    request.addEventListener("error", () => {
      reject(new Error("The storage cannot be reached just now. Nothing is lost: try again in a minute."));
    });
    request.open("POST", leave.url);
    request.send(letter);
  });

const send = async (form) => {
  const [chooser, progress, said] = [
    form.querySelector("input[type=file]"),
    form.querySelector("[data-upload-progress]"),
    form.querySelector("[data-upload-said]"),
  ];
  const [file] = chooser.files;
  const button = form.querySelector("button[type=submit]");
  said.hidden = true;
  try {
    const problem = problemOf(file, form);
    if (problem) throw new Error(problem);
    button.disabled = true;
    progress.hidden = false;
    const leave = await leaveFor(file, form);
    await sendTo(leave, file, progress);
    const token = form.querySelector("[name=csrfmiddlewaretoken]").value;
    await fetch(leave.arrived, { method: "POST", headers: { "X-CSRFToken": token } });
    location.assign(location.pathname);
  } catch (error) {
    said.textContent = error instanceof TypeError ? "No answer came. Nothing is lost: try again in a minute." : error.message;
    said.hidden = false;
    progress.hidden = true;
    progress.value = 0;
    button.disabled = false;
    // Another try is another file to the house.
    const key = form.querySelector("[name=request_key]");
    key.value = crypto.randomUUID();
  }
};

for (const form of forms) {
  for (const element of document.querySelectorAll("[data-leave], [data-without-script]")) element.hidden = true;
  for (const element of form.querySelectorAll("[data-with-script]")) element.hidden = false;
  const label = form.querySelector("[data-upload-label]");
  if (label) label.textContent = "Send it";
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    send(form);
  });
}
