"""Discord's limits for message components, old and new (reference: "Component Reference")."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from sandbox.errors import Form
from sandbox.rules import fields
from sandbox.rules.fields import Path, TextLimits
from sandbox.values import Json, as_object

ROW, BUTTON, SELECT, TEXT_INPUT, USER_SELECT, ROLE_SELECT, MENTIONABLE_SELECT, CHANNEL_SELECT = range(1, 9)
SECTION, TEXT_DISPLAY, THUMBNAIL, GALLERY, FILE, SEPARATOR = range(9, 15)
CONTAINER, LABEL = 17, 18
SELECTS = frozenset({SELECT, USER_SELECT, ROLE_SELECT, MENTIONABLE_SELECT, CHANNEL_SELECT})
V2_ONLY = frozenset({SECTION, TEXT_DISPLAY, THUMBNAIL, GALLERY, FILE, SEPARATOR, CONTAINER})

ROWS = 5
BUTTONS_IN_ROW = 5
COMPONENTS_V2 = 40
TEXT_V2 = 4000
CUSTOM_ID = TextLimits(100, 1, required=True)
LINK_SCHEMES = ("http", "https", "discord")
PREMIUM, LINK = 6, 5


@dataclass(slots=True)
class _ComponentWalk:
    """What was met so far in one message: custom ids and ids must be unique, counts and texts add up."""

    form: Form
    v2: bool
    custom_ids: set[str] = field(default_factory=set[str])
    ids: set[int] = field(default_factory=set[int])
    count: int = 0
    text: int = 0


def check(form: Form, body: Json, *, v2: bool) -> None:
    """Check `body["components"]` of a message, by the rules of its flag IS_COMPONENTS_V2."""
    walk = _ComponentWalk(form, v2)
    components = fields.objects(form, body, "components", (), COMPONENTS_V2 if v2 else ROWS)
    for index, component in enumerate(components):
        allowed = (V2_ONLY - {THUMBNAIL}) | {ROW} if v2 else frozenset({ROW})
        _component(walk, component, ("components", index), allowed)
    if walk.count > COMPONENTS_V2 and v2:
        form.add(("components",), "COMPONENT_MAX_TOTAL_COMPONENTS_EXCEEDED", "Maximum of 40 components exceeded")
    if walk.text > TEXT_V2:
        message = f"The total length of displayable text exceeds maximum size of {TEXT_V2}"
        form.add(("components",), "COMPONENT_DISPLAYABLE_TEXT_SIZE_EXCEEDED", message)


def check_modal(form: Form, body: Json, path: Path) -> None:
    """Check a modal's components: one to five rows with one text input each, or labels around an input."""
    walk = _ComponentWalk(form, v2=False)
    for index, component in enumerate(fields.objects(form, body, "components", path, ROWS, 1)):
        where = (*path, "components", index)
        fields.choice(form, component, "type", where, (ROW, TEXT_DISPLAY, LABEL))
        if component.get("type") == LABEL:
            fields.text(form, component, "label", where, TextLimits(45, 1, required=True))
            fields.text(form, component, "description", where, TextLimits(100))
            inner, inside = [as_object(component.get("component")) or {}], (*where, "component")
        else:
            inner, inside = fields.objects(form, component, "components", where, 1), where
        for one in inner:
            _custom_id(walk, one, inside)
            if one.get("type") == TEXT_INPUT:
                _text_input(form, one, inside)


def _text_input(form: Form, one: Json, path: Path) -> None:
    fields.choice(form, one, "style", path, (1, 2))
    fields.text(form, one, "placeholder", path, TextLimits(100))
    fields.text(form, one, "value", path, TextLimits(4000))
    fields.text(form, one, "label", path, TextLimits(45))
    fields.integer(form, one, "min_length", path, (0, 4000))
    fields.integer(form, one, "max_length", path, (1, 4000))


def _component(walk: _ComponentWalk, component: Json, path: Path, allowed: frozenset[int]) -> None:
    kind = component.get("type")
    if isinstance(kind, bool) or not isinstance(kind, int) or kind not in allowed:
        listing = ", ".join(str(one) for one in sorted(allowed))
        walk.form.add((*path, "type"), "UNION_TYPE_CHOICES", f'Value of field "type" must be one of ({listing}).')
        return
    walk.count += 1
    identifier = fields.integer(walk.form, component, "id", path, (0, 2**31 - 1))
    if identifier and identifier in walk.ids:
        walk.form.add((*path, "id"), "COMPONENT_ID_DUPLICATED", "Component id cannot be duplicated")
    # Zero stands for "number it for me", which any number of components may say.
    walk.ids.add(identifier or 0)
    _CHECKS[kind](walk, component, path)


def _row(walk: _ComponentWalk, row: Json, path: Path) -> None:
    children = fields.objects(walk.form, row, "components", path, BUTTONS_IN_ROW, 1)
    for index, child in enumerate(children):
        _component(walk, child, (*path, "components", index), SELECTS | {BUTTON})
    # A menu takes the whole row.
    if len(children) > 1 and any(child.get("type") in SELECTS for child in children):
        message = "The specified component exceeds the maximum width"
        walk.form.add((*path, "components"), "COMPONENT_LAYOUT_WIDTH_EXCEEDED", message)


def _button(walk: _ComponentWalk, button: Json, path: Path) -> None:
    form = walk.form
    style = button.get("style")
    fields.text(form, button, "label", path, TextLimits(80))
    if style is None:
        form.add((*path, "style"), "BASE_TYPE_REQUIRED", "This field is required")
    fields.choice(form, button, "style", path, (1, 2, 3, 4, LINK, PREMIUM))
    if not button.get("label") and not button.get("emoji") and style != PREMIUM:
        message = "A button must have a label or an emoji"
        form.add((*path, "label"), "BUTTON_COMPONENT_INVALID_LABEL", message)
    if style == LINK:
        _link(form, button, path)
    elif style != PREMIUM:
        if button.get("url") is not None:
            form.add((*path, "url"), "BUTTON_COMPONENT_URL_NOT_ALLOWED", "A url cannot be specified for this button")
        _custom_id(walk, button, path)


def _link(form: Form, button: Json, path: Path) -> None:
    address = fields.text(form, button, "url", path, TextLimits(512, 1, required=True))
    if address:
        fields.url(form, address, (*path, "url"), LINK_SCHEMES)
    if button.get("custom_id") is not None:
        message = "A custom id and url cannot both be specified"
        form.add((*path, "custom_id"), "BUTTON_COMPONENT_CUSTOM_ID_NOT_ALLOWED", message)


def _custom_id(walk: _ComponentWalk, component: Json, path: Path) -> None:
    custom_id = fields.text(walk.form, component, "custom_id", path, CUSTOM_ID)
    if custom_id is None:
        return
    if custom_id in walk.custom_ids:
        message = "Component custom id cannot be duplicated"
        walk.form.add((*path, "custom_id"), "COMPONENT_CUSTOM_ID_DUPLICATED", message)
    walk.custom_ids.add(custom_id)


def _select(walk: _ComponentWalk, select: Json, path: Path) -> None:
    form = walk.form
    _custom_id(walk, select, path)
    fields.text(form, select, "placeholder", path, TextLimits(150))
    low = fields.integer(form, select, "min_values", path, (0, 25))
    high = fields.integer(form, select, "max_values", path, (1, 25))
    if low is not None and low > (high or 1):
        form.add((*path, "min_values"), "SELECT_COMPONENT_INVALID_MIN_VALUES", "min_values must not exceed max_values")
    if select["type"] != SELECT:
        return
    options = fields.objects(form, select, "options", path, 25, 1)
    if high is not None and options and high > len(options):
        message = "max_values must not exceed the number of options"
        form.add((*path, "max_values"), "SELECT_COMPONENT_INVALID_MAX_VALUES", message)
    _options(form, options, path, high or 1)


def _options(form: Form, options: list[Json], path: Path, high: int) -> None:
    seen: set[str] = set()
    for index, option in enumerate(options):
        where = (*path, "options", index)
        fields.text(form, option, "label", where, TextLimits(100, 1, required=True))
        fields.text(form, option, "description", where, TextLimits(100))
        value = fields.text(form, option, "value", where, TextLimits(100, 1, required=True))
        if value is not None and value in seen:
            message = "The specified option value is already used"
            form.add((*where, "value"), "SELECT_COMPONENT_OPTION_VALUE_DUPLICATED", message)
        seen.add(value or "")
    if sum(option.get("default") is True for option in options) > high:
        message = "The number of default options exceeds max_values"
        form.add((*path, "options"), "SELECT_COMPONENT_TOO_MANY_DEFAULTS", message)


def _section(walk: _ComponentWalk, section: Json, path: Path) -> None:
    for index, child in enumerate(fields.objects(walk.form, section, "components", path, 3, 1)):
        _component(walk, child, (*path, "components", index), frozenset({TEXT_DISPLAY}))
    accessory = as_object(section.get("accessory"))
    if accessory is not None:
        _component(walk, accessory, (*path, "accessory"), frozenset({BUTTON, THUMBNAIL}))
    else:
        walk.form.add((*path, "accessory"), "BASE_TYPE_REQUIRED", "This field is required")


def _text_display(walk: _ComponentWalk, component: Json, path: Path) -> None:
    content = fields.text(walk.form, component, "content", path, TextLimits(TEXT_V2, 1, required=True))
    walk.text += len(content or "")


def _thumbnail(walk: _ComponentWalk, component: Json, path: Path) -> None:
    _media(walk.form, component, "media", path, ("http", "https", "attachment"))
    fields.text(walk.form, component, "description", path, TextLimits(1024))


def _gallery(walk: _ComponentWalk, component: Json, path: Path) -> None:
    for index, item in enumerate(fields.objects(walk.form, component, "items", path, 10, 1)):
        _thumbnail(walk, item, (*path, "items", index))


def _file(walk: _ComponentWalk, component: Json, path: Path) -> None:
    _media(walk.form, component, "file", path, ("attachment",))


def _media(form: Form, component: Json, key: str, path: Path, schemes: tuple[str, ...]) -> None:
    media = as_object(component.get(key))
    if media is None:
        form.add((*path, key), "BASE_TYPE_REQUIRED", "This field is required")
        return
    address = fields.text(form, media, "url", (*path, key), TextLimits(2048, 1, required=True))
    if address:
        fields.url(form, address, (*path, key, "url"), schemes)


def _separator(walk: _ComponentWalk, component: Json, path: Path) -> None:
    fields.boolean(walk.form, component, "divider", path)
    fields.choice(walk.form, component, "spacing", path, (1, 2))


def _container(walk: _ComponentWalk, container: Json, path: Path) -> None:
    fields.integer(walk.form, container, "accent_color", path, (0, 0xFFFFFF))
    for index, child in enumerate(fields.objects(walk.form, container, "components", path, COMPONENTS_V2, 1)):
        _component(walk, child, (*path, "components", index), (V2_ONLY - {THUMBNAIL, CONTAINER}) | {ROW})


_CHECKS: dict[int, Callable[[_ComponentWalk, Json, Path], None]] = {
    ROW: _row,
    BUTTON: _button,
    **dict.fromkeys(SELECTS, _select),
    SECTION: _section,
    TEXT_DISPLAY: _text_display,
    THUMBNAIL: _thumbnail,
    GALLERY: _gallery,
    FILE: _file,
    SEPARATOR: _separator,
    CONTAINER: _container,
}
