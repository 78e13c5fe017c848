"""What is said where nothing was understood, in the speaker's language: Home Assistant speaks it."""

from __future__ import annotations

from collections.abc import Mapping

__all__ = ["apology"]

_APOLOGIES: Mapping[str, str] = {
    "af": "Jammer, ek het dit nie verstaan nie.",
    "am": "ይቅርታ፣ አልገባኝም።",
    "ar": "عذرًا، لم أفهم.",
    "az": "Bağışlayın, başa düşmədim.",
    "bn": "দুঃখিত, বুঝতে পারিনি।",
    "ca": "Ho sento, no ho he entès.",
    "cy": "Mae'n ddrwg gen i, wnes i ddim deall.",
    "da": "Beklager, det forstod jeg ikke.",
    "de": "Das habe ich leider nicht verstanden.",
    "el": "Συγγνώμη, δεν κατάλαβα.",
    "en": "Sorry, I did not understand that.",
    "es": "Lo siento, no lo he entendido.",
    "fa": "متأسفم، متوجه نشدم.",
    "fi": "Anteeksi, en ymmärtänyt.",
    "fr": "Désolé, je n'ai pas compris.",
    "he": "סליחה, לא הבנתי.",
    "hi": "माफ़ कीजिए, समझ नहीं आया।",
    "hu": "Sajnálom, nem értettem.",
    "hy": "Ներեցեք, չհասկացա։",
    "id": "Maaf, saya tidak mengerti.",
    "is": "Því miður skildi ég þetta ekki.",
    "it": "Mi dispiace, non ho capito.",
    "ja": "すみません、わかりませんでした。",
    "jv": "Nuwun sewu, kula mboten mangertos.",
    "ka": "ბოდიში, ვერ გავიგე.",
    "km": "សូមទោស ខ្ញុំមិនយល់ទេ។",
    "kn": "ಕ್ಷಮಿಸಿ, ನನಗೆ ಅರ್ಥವಾಗಲಿಲ್ಲ.",
    "ko": "죄송해요, 이해하지 못했어요.",
    "lv": "Atvainojiet, es nesapratu.",
    "ml": "ക്ഷമിക്കണം, മനസ്സിലായില്ല.",
    "mn": "Уучлаарай, ойлгосонгүй.",
    "ms": "Maaf, saya tidak faham.",
    "my": "တောင်းပန်ပါတယ်၊ နားမလည်ပါဘူး။",
    "nb": "Beklager, det forsto jeg ikke.",
    "nl": "Sorry, dat heb ik niet begrepen.",
    "pl": "Przepraszam, nie rozumiem.",
    "pt": "Desculpe, não entendi.",
    "ro": "Îmi pare rău, nu am înțeles.",
    "ru": "Извините, я не понимаю.",
    "sl": "Oprostite, tega ne razumem.",
    "sq": "Më falni, nuk e kuptova.",
    "sv": "Förlåt, det förstod jag inte.",
    "sw": "Samahani, sijaelewa.",
    "ta": "மன்னிக்கவும், எனக்குப் புரியவில்லை.",
    "te": "క్షమించండి, నాకు అర్థం కాలేదు.",
    "th": "ขอโทษ ไม่เข้าใจ",
    "tl": "Paumanhin, hindi ko naintindihan.",
    "tr": "Üzgünüm, anlamadım.",
    "ur": "معاف کیجیے، سمجھ نہیں آیا۔",
    "vi": "Xin lỗi, tôi không hiểu.",
    "zh": "抱歉，我没听懂。",
    "zh-TW": "抱歉，我聽不懂。",
}


def apology(locale: str) -> str:
    """The sentence of a locale, else of its language, else in English."""
    return _APOLOGIES.get(locale) or _APOLOGIES.get(locale.split("-")[0]) or _APOLOGIES["en"]
