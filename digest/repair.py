"""Decodes the bytes of an issue and repairs wrong encodings.

There are two kinds of faults: the bytes are not UTF-8, or they are UTF-8 but contain mojibake ("ðŸ‘‰" for a pointing
hand). Both are repaired and reported in a notice; clean text is returned unchanged.

Bytes that are not UTF-8 are decoded in this order:

1. a byte order mark decides (UTF-8, UTF-16, UTF-32);
2. without one, NUL bytes at every other position mean UTF-16, three of four UTF-32;
3. if well-formed UTF-8 sequences are at least twice as many as invalid bytes, the file is UTF-8 with stray bytes, which
   are read as Windows-1252;
4. the encoding detected by chardet, among those common before UTF-8; Windows-1252 if chardet is not sure.
"""

from __future__ import annotations

import codecs
import re
from typing import cast

import ftfy
import ftfy.bad_codecs
from ftfy.badness import badness, is_bad

from digest.model import Notice

ftfy.bad_codecs.ok()  # registers the codec "sloppy-windows-1252"

_RULE = "encoding"
_NAMES = {"sloppy-windows-1252": "Windows-1252", "mac_roman": "Mac Roman"}
_MARKS = (
    (codecs.BOM_UTF32_LE, "utf-32-le"),  # must precede UTF-16, whose mark is a prefix of this one
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
# Common encodings before UTF-8. chardet knows dozens more, which it often detects in short texts by mistake.
_LEGACY = (
    "utf-8", "cp1250", "cp1251", "cp1252", "cp1253", "cp1254", "cp1255", "cp1256", "cp1257", "cp1258", "cp874",
    "tis-620", "iso8859-2", "iso8859-5", "koi8-r", "koi8-u", "mac-roman", "cp932", "shift_jis_2004", "euc_jis_2004",
    "iso2022_jp_2", "iso2022_jp_2004", "iso2022_jp_ext", "gb18030", "big5hkscs", "euc_kr", "cp949",
)  # fmt: skip
_SURE = 0.05  # minimum confidence of chardet; a single accented letter yields less
_HIGH_RUN = re.compile(rb"[\x80-\xff]+")
_CODE = re.compile(r"(?<!`)(`{1,8})(?!`).{0,2000}?(?<!`)\1(?!`)")
_FENCE = re.compile(r" {0,3}(?:```|~~~)")
# Limits of the line-by-line repair of one text; the rest stays unchanged. Real half-broken issues need 1% of them.
_MAX_LINES = 3_000
_MAX_FTFY = 100_000  # characters
_MAX_EVIDENCE = 200_000  # characters that are examined to decide whether a text is broken


def _bytes_of(codec: str, low: int, high: int) -> str:
    return "".join(re.escape(bytes([value]).decode(codec)) for value in range(low, high + 1))


# The first two bytes of a UTF-8 character as decoded by each codec. Clean text hardly ever contains such a pair, so it
# costs only this search.
_SUSPECTS = tuple(
    (codec, re.compile(f"[{_bytes_of(codec, 0xC2, 0xF4)}][{_bytes_of(codec, 0x80, 0xBF)}]")) for codec in _NAMES
)
_C1 = re.compile("[\x80-\x9f\ufffd]")


def decode(data: bytes) -> tuple[str, tuple[Notice, ...]]:
    """Return the repaired text of `data` with only line feeds as line ends, and notices about repairs.

    Never raises. A byte order mark and NUL characters are removed; unpaired surrogates become U+FFFD.
    """
    text, notices = _read(data)
    if "\r" in text:
        text = text.replace("\r\n", "\n").replace("\r", "\n")
    if "\0" in text:
        line = text.count("\n", 0, text.index("\0")) + 1
        notices.append(Notice(line, f"NUL characters ({text.count(chr(0))}) were removed", _RULE))
        text = text.replace("\0", "")
    if text.isascii():
        return text, tuple(notices)
    if text.startswith("\ufeff"):
        text = text.lstrip("\ufeff")
    mended, notice = undo_mojibake(text)
    if notice:
        notices.append(notice)
    return mended, tuple(notices)


# -- bytes to text ------------------------------------------------------------------------------


def _read(data: bytes) -> tuple[str, list[Notice]]:
    for mark, codec in _MARKS:
        if data.startswith(mark):
            return data[len(mark) :].decode(codec, "replace"), _told(codec)
    data = data.removeprefix(codecs.BOM_UTF8)
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError as error:
        return _read_other(data, error.start)
    if b"\x1b$" in data:  # ISO-2022-JP is ASCII with escapes
        return _read_legacy(data, data.index(b"\x1b$"))
    if "\0" in text and data.count(0) > 0.3 * len(data) and (codec := _wide_codec(data)):
        return data.decode(codec, "replace"), _told(codec)
    return text, []


def is_wide(data: bytes) -> bool:
    """Whether `data` is UTF-16 or UTF-32, with or without a byte order mark."""
    return data.startswith(tuple(mark for mark, _ in _MARKS)) or (b"\0" in data and _wide_codec(data) is not None)


def _told(codec: str) -> list[Notice]:
    return [Notice(0, f"the file is {codec[:6].upper()}; save it as UTF-8", _RULE)]


def _wide_codec(data: bytes) -> str | None:
    """Return the UTF-16 or UTF-32 codec of a file without a byte order mark, from the positions of its NUL bytes."""
    head = data[:4096]
    if len(data) % 2:
        return None
    counts = [head[place::4].count(0) for place in range(4)]
    quarter = len(head) / 4
    if min(counts[1:]) > 0.4 * quarter and counts[0] < 0.1 * quarter:
        return "utf-32-le"
    if min(counts[:3]) > 0.4 * quarter and counts[3] < 0.1 * quarter:
        return "utf-32-be"
    even, odd = counts[0] + counts[2], counts[1] + counts[3]
    if odd > 8 * even and odd > 0.02 * len(head):
        return "utf-16-le"
    if even > 8 * odd and even > 0.02 * len(head):
        return "utf-16-be"
    return None


def _read_other(data: bytes, start: int) -> tuple[str, list[Notice]]:
    if b"\0" in data and (codec := _wide_codec(data)):
        return data.decode(codec, "replace"), _told(codec)
    line = data.count(b"\n", 0, start) + 1
    try:
        joined = data.decode("utf-8", "surrogatepass").encode("utf-16-le", "surrogatepass")
    except UnicodeDecodeError:
        pass  # surrogates are not the only fault
    else:
        message = "surrogates are written as UTF-8; pairs were joined, single ones are shown as \ufffd"
        return joined.decode("utf-16-le", "replace"), [Notice(line, message, _RULE)]
    bad = data.decode("utf-8", "replace").count("\ufffd")
    good = (sum(map(len, _HIGH_RUN.findall(data))) - bad) // 2  # sequences have at least two bytes
    if good >= 2 * bad:
        text = data.decode("utf-8", "herald-stray")
        return text, [Notice(line, f"bytes that are not UTF-8 ({bad}) were read as Windows-1252", _RULE)]
    return _read_legacy(data, start)


def _read_legacy(data: bytes, start: int) -> tuple[str, list[Notice]]:
    codec, name = _legacy_codec(data)
    line = data.count(b"\n", 0, start) + 1
    message = f"the file is not UTF-8; it was read as {name}. Save it as UTF-8"
    return data.decode(codec, "replace"), [Notice(line, message, _RULE)]


def _stray(error: UnicodeError) -> tuple[str, int]:
    """Codec error handler that reads only the invalid byte as Windows-1252."""
    fault = cast("UnicodeDecodeError", error)
    return fault.object[fault.start : fault.start + 1].decode("sloppy-windows-1252"), fault.start + 1


codecs.register_error("herald-stray", _stray)


def _legacy_codec(data: bytes) -> tuple[str, str]:
    """Return the codec for bytes that are neither UTF-8 nor UTF-16, and its display name."""
    # Imported here because it is rarely needed, and its tables would stay in memory.
    import chardet

    found = chardet.detect(data, include_encodings=_LEGACY, compat_names=False)
    codec = found["encoding"]
    if codec is None or found["confidence"] < _SURE:
        codec = "cp1252"
    name = f"Windows-{codec[2:]}" if codec.startswith("cp125") else codec.upper().replace("_", "-")
    # Python's Windows-1252 leaves five bytes undefined.
    return ("sloppy-windows-1252" if codec == "cp1252" else codec), name


# -- wrongly decoded text -----------------------------------------------------------------------


def undo_mojibake(text: str) -> tuple[str, Notice | None]:
    """Repair UTF-8 that was decoded as Windows-1252 or Mac Roman; the notice is None if nothing changed.

    The whole text is tried first, which is exact, then each line; for lines that are still broken, ftfy repairs the
    encoding. Text that was broken twice is repaired twice. Code is unchanged unless other text is broken.
    """
    mended, first = text, ""
    for _ in range(3 if len(text) < 1_000_000 else 1):
        suspects = [codec for codec, pattern in _SUSPECTS if pattern.search(mended)]
        if not suspects and not _C1.search(mended):
            break
        once, how = _undo_once(mended, suspects)
        if once == mended:
            break
        mended, first = once, first or how
    return (mended, _notice(text, mended, first)) if mended != text else (text, None)


def _notice(text: str, mended: str, how: str) -> Notice:
    lines = zip(text.split("\n"), mended.split("\n"), strict=False)
    changed = [number for number, (old, new) in enumerate(lines, 1) if old != new]
    message = f"text was decoded wrongly before it was saved ({how}); repaired on {len(changed)} line(s)"
    return Notice(changed[0] if changed else 0, message, _RULE)


def _undo_once(text: str, suspects: list[str]) -> tuple[str, str]:
    lines = text.split("\n")
    outside = _outside_code(lines)
    patterns = [pattern for codec, pattern in _SUSPECTS if codec in suspects] + [_C1]
    suspicious = [
        index
        for index, line in enumerate(outside)
        if not line.isascii() and any(pattern.search(line) for pattern in patterns)
    ]
    evidence = "\n".join(outside[index] for index in suspicious)[:_MAX_EVIDENCE]
    for codec in suspects:
        whole = _undone(text, codec, evidence=evidence)
        if whole is not None:
            return whole, f"UTF-8 read as {_NAMES[codec]}"
    return "\n".join(_mended(lines, outside, suspicious[:_MAX_LINES], suspects)), "UTF-8 read as another encoding"


def _mended(lines: list[str], outside: list[str], places: list[int], suspects: list[str]) -> list[str]:
    """Return the lines with those at `places` repaired one by one, within the limit for ftfy."""
    mended = list(lines)
    left = _MAX_FTFY
    for index in places:
        line, visible = lines[index], outside[index]
        undone = next(filter(None, (_undone(line, codec, evidence=visible) for codec in suspects)), None)
        if undone is not None:
            mended[index] = undone
        elif visible == line and len(line) <= left and is_bad(line):
            left -= len(line)
            fixed = ftfy.fix_encoding(line)
            mended[index] = fixed if badness(fixed) < badness(line) else line
    return mended


def _outside_code(lines: list[str]) -> list[str]:
    """Return the lines without code: code spans are removed, lines of fenced blocks are empty."""
    outside: list[str] = []
    fenced = ""
    for line in lines:
        if found := _FENCE.match(line):
            mark = found.group().strip()
            fenced = "" if fenced == mark else fenced or mark
            outside.append("")
        elif fenced:
            outside.append("")
        else:
            outside.append(_CODE.sub("", line) if "`" in line else line)
    return outside


def _undone(text: str, codec: str, evidence: str) -> str | None:
    """Return `text` with the wrong decoding undone; None if that is impossible or unlikely to be right.

    A successful round trip is not proof: "L’école" is also two bytes of Mac Roman that happen to be UTF-8. `evidence`
    (the text outside code) must look broken to ftfy, or contain a four-byte character once repaired, which clean
    text never does by chance.
    """
    try:
        undone = text.encode(codec).decode("utf-8")
        shown = evidence.encode(codec, "ignore").decode("utf-8", "ignore")
    except UnicodeError:
        return None
    looked_bad = badness(evidence)
    if looked_bad > badness(shown) or (not looked_bad and any(char > "\uffff" for char in shown)):
        return undone
    return None
