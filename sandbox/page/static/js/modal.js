import { h, freshId } from "./dom.js";
import { icon } from "./icons.js";
import { markdown } from "./markdown_dom.js";
import { avatar } from "./people.js";
import { choicesOf, selectNode } from "./select.js";
import { displayName } from "./store.js";

const PARAGRAPH = 2;

/** Show a form of the bot. `submit(data)` settles with null, or with the sentence that says what went wrong. */
export function showModal(modal, { store, guildId, submit }) {
  const fields = [];
  const problem = h("p", { class: "modal-problem", role: "alert", hidden: true });
  const titleId = freshId("modal");
  const send = h("button", { type: "submit", class: "button button-primary", "data-testid": "modal-submit" }, "Submit");
  const form = h("form", { method: "dialog", novalidate: true },
    h("header", { class: "modal-head" }, avatar(store.bot, "s"), h("h2", { id: titleId }, modal.title),
      h("button", { type: "button", class: "composer-button", "aria-label": "Close", onclick: () => dialog.close() }, icon("close"))),
    h("p", { class: "modal-warning" }, `This form is submitted to ${displayName(store.bot)}. Share no passwords.`),
    problem,
    h("div", { class: "modal-fields" }, (modal.components ?? []).map((part) => drawPart(part, fields, { store, guildId }))),
    h("footer", { class: "modal-foot" },
      h("button", { type: "button", class: "button button-secondary", onclick: () => dialog.close() }, "Cancel"), send));
  const dialog = h("dialog", { class: "modal", "aria-labelledby": titleId, "data-testid": "modal" }, form);
  dialog.addEventListener("close", () => dialog.remove());
  dialog.addEventListener("click", (event) => { if (event.target === dialog) dialog.close(); });
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const wrong = fields.filter((field) => !field.check());
    if (wrong.length) return wrong[0].focus();
    send.disabled = true;
    const error = await submit({ custom_id: modal.custom_id, components: modal.components.map((part) => answered(part, fields)) });
    send.disabled = false;
    if (!error) return dialog.close();
    problem.hidden = false;
    problem.textContent = `Something went wrong. ${error}`;
  });
  document.body.append(dialog);
  dialog.showModal();
  fields[0]?.focus();
}

function drawPart(part, fields, context) {
  if (part.type === 1) return part.components.map((component) => drawField(component, component.label, null, fields, context));
  if (part.type === 18) return drawField(part.component, part.label, part.description, fields, context);
  if (part.type === 10) return h("div", { class: "markup" }, markdown(part.content));
  return null;
}

function drawField(component, label, description, fields, context) {
  const id = freshId("field");
  const error = h("span", { class: "field-error", id: `${id}-error`, role: "alert" });
  const field = component.type === 4 ? textField(component, id, error) : menuField(component, label, error, context);
  if (!field) return null;
  fields.push({ ...field, customId: component.custom_id });
  const isRequired = component.required !== false;
  return h("div", { class: "field" },
    h("label", { for: id }, label, isRequired ? h("span", { class: "required", "aria-hidden": "true" }, " *") : null),
    description ? h("small", {}, description) : null, field.node, error);
}

function textField(component, id, error) {
  const isLong = component.style === PARAGRAPH;
  const input = h(isLong ? "textarea" : "input", {
    id, class: "text-input", ...(isLong ? { rows: 5 } : { type: "text" }), placeholder: component.placeholder,
    maxlength: component.max_length,
    "aria-required": String(component.required !== false), "aria-describedby": error.id, "data-testid": "modal-input",
    "data-key": component.custom_id, value: component.value ?? "",
  });
  const fault = () => {
    if (!input.value.trim()) return component.required === false ? "" : "This field is required";
    return input.value.length < (component.min_length ?? 0) ? `Must be at least ${component.min_length} characters long` : "";
  };
  const check = () => {
    error.textContent = fault();
    input.setAttribute("aria-invalid", String(Boolean(error.textContent)));
    return !error.textContent;
  };
  input.addEventListener("input", () => { if (error.textContent) check(); });
  return { node: input, check, focus: () => input.focus(),
    answer: () => ({ type: 4, custom_id: component.custom_id, value: input.value }) };
}

function menuField(component, label, error, { store, guildId }) {
  const choices = choicesOf(component, store, guildId);
  if (!choices) return null;
  const node = selectNode(component, choices, { label });
  const check = () => {
    const isEmpty = component.required !== false && !node.values.length;
    error.textContent = isEmpty ? "Choose one" : "";
    return !isEmpty;
  };
  return { node, check, focus: () => node.focus(),
    answer: () => ({ type: component.type, custom_id: component.custom_id, values: node.values }) };
}

function answered(part, fields) {
  const of = (component) => fields.find((field) => field.customId === component.custom_id)?.answer() ?? { type: component.type };
  if (part.type === 1) return { type: 1, components: part.components.map(of) };
  if (part.type === 18) return { type: 18, component: of(part.component) };
  return { type: part.type };
}
