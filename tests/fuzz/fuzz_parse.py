"""`make fuzz`: atheris makes up texts, bytes and locales, guided by the code that they reach, until one is answered
badly.

    python tests/fuzz/fuzz_parse.py MODEL [CORPUS] [libFuzzer's flags, as -max_total_time=60]
"""

from __future__ import annotations

import sys

try:
    import atheris
except ModuleNotFoundError:
    sys.stderr.write("Nothing was fuzzed: atheris is not installed. Run: pip install atheris\n")
    sys.exit(0)

with atheris.instrument_imports(include=["kiloglot"]):
    from test_hostile import check_sound

    from kiloglot.errors import DataError
    from kiloglot.runtime import NLU

LOCALES = [None, "en-US", "de", "xx-XX"]


def main(model: str, flags: list[str]) -> None:
    """Fuzzes the model in folder `model`, or a bundled one by its name, until a flag or a fault ends it."""
    nlu = NLU.load(model)

    def answer(content: bytes) -> None:
        source = atheris.FuzzedDataProvider(content)
        locale, explain, size = source.PickValueInList(LOCALES), source.ConsumeBool(), source.ConsumeIntInRange(1, 5)
        if source.ConsumeBool():
            locale = source.ConsumeUnicode(6)
        said = source.ConsumeBytes(4096) if source.ConsumeBool() else source.ConsumeUnicode(4096)
        try:
            parse = nlu.parse(said, locale, explain=explain, top_k=size)
        except DataError:  # The locale is no locale.
            return
        check_sound(nlu, said, parse)
        assert nlu.parse_batch([said, "", said], locale, top_k=size)[2].intent == parse.intent

    atheris.Setup([sys.argv[0], *flags], answer)
    atheris.Fuzz()


if __name__ == "__main__":
    if len(sys.argv) < 2:
        sys.exit(__doc__)
    main(sys.argv[1], sys.argv[2:])
