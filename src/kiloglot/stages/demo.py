"""`demo`: everything once. Trains the starter assistant, scores it, and asks the bundled model in many languages."""

from __future__ import annotations

import shutil
import statistics
import time
from dataclasses import dataclass, replace
from pathlib import Path

from kiloglot.errors import ArtifactError, DataError
from kiloglot.progress import SILENT, Progress
from kiloglot.runtime import DEFAULT_MODEL, NLU
from kiloglot.stages import init, train
from kiloglot.stages.record import StageRecord
from kiloglot.values import Parse

__all__ = ["UTTERANCES", "DemoAnswer", "DemoConfig", "DemoReport", "run"]

_ASSISTANT = "starter"
_MARK = ".kiloglot-demo"
_REPEATS = 5  # parses of an utterance behind its latency

UTTERANCES: tuple[tuple[str, str], ...] = (
    ("en-US", "wake me up at half past six on friday"),
    ("de-DE", "mach bitte das licht im wohnzimmer aus"),
    ("fr-FR", "est-ce qu'il va pleuvoir à lyon ce week-end"),
    ("es-ES", "pon algo de jazz en la cocina"),
    ("pt-PT", "acorda-me na segunda-feira às sete e meia"),
    ("it-IT", "che tempo farà domani a bologna"),
    ("ca-ES", "abaixa el volum si us plau"),
    ("nl-NL", "zet een wekker voor kwart voor zeven"),
    ("sv-SE", "lägg till mjölk på inköpslistan"),
    ("fi-FI", "herätä minut huomenna kello kuusi"),
    ("is-IS", "hvað er klukkan í tókýó"),
    ("cy-GB", "beth fydd y tywydd yn abertawe yfory"),
    ("pl-PL", "obudź mnie jutro o siódmej trzydzieści"),
    ("hu-HU", "kapcsold le a lámpát a hálószobában"),
    ("ru-RU", "выключи свет в детской и в коридоре"),
    ("el-GR", "τι καιρό θα κάνει αύριο στη θεσσαλονίκη"),
    ("tr-TR", "yarın sabah sekizde beni uyandır"),
    ("mn-MN", "маргааш улаанбаатарт бороо орох уу"),
    ("hy-AM", "վաղը երևանում անձրև կգա"),
    ("ka-GE", "ხვალ თბილისში როგორი ამინდი იქნება"),
    ("ar-SA", "كيف سيكون الطقس غدا في جدة"),
    ("he-IL", "תעיר אותי מחר בשבע בבוקר"),
    ("fa-IR", "فردا ساعت شش صبح بیدارم کن"),
    ("ur-PK", "کل صبح سات بجے مجھے جگا دینا"),
    ("hi-IN", "कल सुबह छह बजे मुझे जगा देना"),
    ("bn-BD", "আগামীকাল ঢাকায় বৃষ্টি হবে কি"),
    ("ta-IN", "நாளை காலை ஏழு மணிக்கு என்னை எழுப்பு"),
    ("ml-IN", "നാളെ കൊച്ചിയിൽ മഴ പെയ്യുമോ"),
    ("th-TH", "ปลุกฉันพรุ่งนี้ตอนหกโมงเช้า"),
    ("km-KH", "ស្អែកនៅភ្នំពេញមានភ្លៀងទេ"),
    ("my-MM", "မနက်ဖြန် ရန်ကုန်မှာ မိုးရွာမလား"),
    ("am-ET", "ነገ በባህር ዳር ዝናብ ይኖራል"),
    ("sw-KE", "niamshe kesho saa kumi na mbili asubuhi"),
    ("id-ID", "nyalakan lampu di ruang tamu"),
    ("vi-VN", "tắt đèn phòng ngủ giúp tôi"),
    ("ja-JP", "明日の朝七時に起こして"),
    ("ko-KR", "거실 조명 좀 어둡게 해 줘"),
    ("zh-CN", "明天早上七点叫我起床"),
    ("zh-TW", "幫我把客廳的燈關掉"),
)
"""(locale, what is said there): written for this demo, in the domains of the bundled model."""


@dataclass(frozen=True, slots=True)
class DemoConfig:
    """Train, score and try everything on what lies in the package."""

    out: Path = Path("demo")
    """Folder for the starter assistant, its model and its report; an earlier demo there is replaced."""
    locales: tuple[str, ...] = ()
    """Only these locales of the starter assistant; default: all."""
    epochs: int = 0
    """Passes over its data at most; 0: as `kiloglot train` makes them."""
    model: str = DEFAULT_MODEL
    """The model that is asked in many languages: a bundled one by name, or a folder."""


@dataclass(frozen=True, slots=True)
class DemoAnswer:
    """What the model says of one utterance."""

    locale: str
    """Locale that the model was told."""
    parse: Parse
    """Its answer."""
    milliseconds: float
    """Median time of a parse."""


@dataclass(frozen=True, slots=True)
class DemoReport:
    """What the demo showed."""

    assistant: Path
    """Folder of the starter assistant."""
    trained: train.TrainReport
    """What came of training it."""
    model: str
    """Name and version of the model that was asked in many languages; empty where it could not be loaded."""
    answers: tuple[DemoAnswer, ...]
    """Its answers, one a locale."""
    trouble: str
    """Why there are no answers, empty where there are."""
    seconds: float
    """Time of it all."""

    @property
    def ok(self) -> bool:
        """Whether everything worked."""
        return not self.trouble


def run(config: DemoConfig, progress: Progress = SILENT) -> DemoReport:
    """Trains the starter assistant in `config.out` and asks the model.

    Raises DataError where something other than an earlier demo lies there. The report names the trouble where the model
    cannot be loaded.
    """
    began = time.monotonic()
    _clear(config.out)
    progress.say("1. A model of the starter assistant")
    assistant = init.run(init.InitConfig(_ASSISTANT, config.out, config.locales), progress).folder
    trained = train.run(_training(assistant, config.epochs), progress)
    progress.say("2. One utterance in each of many languages")
    model, answers, trouble = "", tuple[DemoAnswer, ...](), ""
    try:
        nlu = NLU.load(config.model)
        model, answers = nlu.manifest.label, _answers(nlu)
    except ArtifactError as error:
        trouble = str(error)
    seconds = time.monotonic() - began
    StageRecord("demo", {"model": config.model}, {}, {"exact": trained.exported.exact}, seconds).write(config.out)
    return DemoReport(assistant, trained, model, answers, trouble, seconds)


def _clear(out: Path) -> None:
    """Leaves an empty folder with the demo's mark. Raises DataError where something else lies there."""
    if out.exists() and not (out.is_dir() and ((out / _MARK).is_file() or not any(out.iterdir()))):
        raise DataError("exists already, and is no demo's folder", remedy="Name another one with --out", path=out)
    shutil.rmtree(out, ignore_errors=True)
    out.mkdir(parents=True)
    (out / _MARK).write_text("Made by `kiloglot demo`, which replaces this folder.\n", encoding="utf-8")


def _training(assistant: Path, epochs: int) -> train.TrainConfig:
    config = train.TrainConfig(folder=assistant, from_scratch=True)  # Half the time, and the bundled model comes next.
    return replace(config, fitting=replace(config.fitting, epochs=epochs)) if epochs else config


def _answers(nlu: NLU) -> tuple[DemoAnswer, ...]:
    nlu.parse(UTTERANCES[0][1])  # The first parse of a process pays for what is loaded on demand.
    return tuple(_answer(nlu, locale, text) for locale, text in UTTERANCES)


def _answer(nlu: NLU, locale: str, text: str) -> DemoAnswer:
    times = []
    for _ in range(_REPEATS):
        began = time.perf_counter()
        parse = nlu.parse(text, locale)
        times.append(1000 * (time.perf_counter() - began))
    return DemoAnswer(locale, parse, statistics.median(times))
