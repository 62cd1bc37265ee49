"""Emoji shortcodes such as `:tada:`, rendered as GitHub, GitLab and Jekyll do."""

from __future__ import annotations

import re
import unicodedata

_NAME = re.compile(r":([a-z+-][a-z0-9_+-]{1,40}):")
_NAMES = re.compile(rf"(?<![\d_:/.])(?:{_NAME.pattern})+(?![\w:/])")
_FIRST = 0x1F000  # lower code points include letters and symbols, whose Unicode names are not shortcodes
# shortcodes of github.com/github/gemoji that differ from Unicode's names; the most used in newsletters
_NAMED = dict(
    re.findall(
        r"(\S+) (\S+)",
        """
+1 👍 -1 👎 arrow_down ⬇️ arrow_right ➡️ arrow_up ⬆️ art 🎨 ballot_box_with_check ☑️ bar_chart 📊 beer 🍺
beers 🍻 black_circle ⚫ blush 😊 book 📖 boom 💥 bulb 💡 calendar 📆 camera 📷 cat 🐱
chart_with_upwards_trend 📈 clap 👏 cloud ☁️ coffee ☕ computer 💻 confused 😕 construction 🚧 cool 🆒
crossed_fingers 🤞 cry 😢 date 📅 disappointed 😞 dog 🐶 earth_africa 🌍 earth_americas 🌎 earth_asia 🌏
email ✉️ envelope ✉️ exclamation ❗ exploding_head 🤯 eyes 👀 gear ⚙️ gift 🎁 grimacing 😬 grin 😁
grinning 😀 hammer_and_wrench 🛠️ headphones 🎧 hear_no_evil 🙉 heart ❤️ heart_eyes 😍 heart_hands 🫶
heavy_check_mark ✔️ heavy_exclamation_mark ❗ heavy_plus_sign ➕ hourglass ⌛ hourglass_flowing_sand ⏳
hugs 🤗 information_source ℹ️ innocent 😇 iphone 📱 jack_o_lantern 🎃 joy 😂 laughing 😆 link 🔗 lock 🔒
loudspeaker 📢 mag 🔍 mega 📣 memo 📝 metal 🤘 moneybag 💰 muscle 💪 new 🆕 ok 🆗 ok_hand 👌 open_mouth 😮
partying_face 🥳 pencil 📝 pencil2 ✏️ point_down 👇 point_right 👉 pray 🙏 purple_heart 💜 question ❓
raised_hands 🙌 recycle ♻️ relaxed ☺️ robot 🤖 rofl 🤣 round_pushpin 📍 satellite 📡 scissors ✂️ scream 😱
see_no_evil 🙈 shield 🛡️ shrug 🤷 slight_smile 🙂 slightly_smiling_face 🙂 smile 😄 smiley 😃 smirk 😏
snowflake ❄️ sob 😭 sparkles ✨ speak_no_evil 🙊 speech_balloon 💬 star ⭐ star2 🌟 stuck_out_tongue 😛
stuck_out_tongue_winking_eye 😜 studio_microphone 🎙️ sunglasses 😎 sunny ☀️ sweat_smile 😅 tada 🎉
thinking 🤔 thumbsdown 👎 thumbsup 👍 tv 📺 warning ⚠️ wave 👋 white_check_mark ✅ white_circle ⚪ wink 😉
writing_hand ✍️ yum 😋 zap ⚡
""",
    )
)


def with_emoji(text: str) -> str:
    """Return `text` with emoji shortcodes replaced; unknown ones stay as written."""
    return _NAMES.sub(lambda names: _NAME.sub(_shown, names[0]), text) if ":" in text else text


def _shown(found: re.Match[str]) -> str:
    name = found[1]
    if (sign := _NAMED.get(name)) is not None:
        return sign
    try:
        sign = unicodedata.lookup(name.replace("_", " "))
    except KeyError:
        return found[0]
    return sign if len(sign) == 1 and ord(sign) >= _FIRST else found[0]
