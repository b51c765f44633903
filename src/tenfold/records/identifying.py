"""What in a cell or a header looks as if it named a person: for warnings, and for what de-identification must not keep.

Looks only: none of these is proof, and what none of them finds may name a person all the same (a rare name, a place, a
story). Numbers are tested by their check digits where they have some. What was found is never shown in full (`masked`).

NHS number: modulus 11 (NHS Data Dictionary, "NHS Number"). Social security number: areas 000, 666 and 900 to 999, group 00
and serial 0000 are not issued (Social Security Administration). DNI: letter by modulus 23 (Ministerio del Interior). NIR:
key of 97 (INSEE).
"""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date

from tenfold.records.nearest import bare

MONTH = "(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]*"
YEAR = r"(?:19|20)\d\d"

COLUMN_NAMES: dict[str, str] = dict.fromkeys(
    ("name", "patientname", "nameofpatient", "fullname", "surname", "lastname", "familyname", "forename", "firstname",
     "givenname", "middlename", "maidenname", "initials", "vorname", "nachname", "nom", "prenom", "cognome", "apellido",
     "apellidos", "physician", "physicianname", "consultant", "doctor", "nextofkin"),
    "a name",
) | dict.fromkeys(
    ("phone", "phonenumber", "telephone", "tel", "mobile", "mobilenumber", "cell", "cellphone", "fax", "telefon"),
    "a telephone number",
) | dict.fromkeys(("email", "emailaddress", "mail", "mailaddress"), "an e-mail address") | dict.fromkeys(
    ("address", "street", "city", "town", "postcode", "postalcode", "zip", "zipcode", "plz", "adresse", "homeaddress"),
    "an address",
) | dict.fromkeys(
    ("mrn", "medicalrecordnumber", "hospitalnumber", "hospitalno", "hospitalid", "nhsnumber", "nhsno", "nhs", "ssn",
     "socialsecuritynumber", "insurancenumber", "healthcardnumber", "passport", "passportnumber", "nationalid", "dni",
     "nir", "codicefiscale", "bsn", "cpf", "personnummer", "cpr", "accountnumber", "caseno", "casenumber"),
    "a person's number",
)  # fmt: skip
"""Names of columns, without case and punctuation -> what they hold."""


def _digits(text: str) -> str:
    return "".join(letter for letter in text if letter.isdigit())


def is_nhs_number(text: str) -> bool:
    """Whether ten digits have the check digit of an NHS number. One number of ten digits in eleven has it by chance."""
    digits = _digits(text)
    if len(digits) != 10 or len(set(digits)) == 1:
        return False
    check = (11 - sum(int(d) * (10 - i) for i, d in enumerate(digits[:9])) % 11) % 11
    return check == int(digits[9])


def is_social_security_number(text: str) -> bool:
    """Whether nine digits could be a number of the Social Security Administration of the United States."""
    digits = _digits(text)
    area, group, serial = digits[:3], digits[3:5], digits[5:]
    return len(digits) == 9 and area not in ("000", "666") and area < "900" and group != "00" and serial != "0000"


def is_dni(text: str) -> bool:
    """Whether eight digits and a letter agree as in a Spanish identity card."""
    return text[8:9].upper() == "TRWAGMYFPDXBNJZSQVHLCKE"[int(text[:8]) % 23]


def is_nir(text: str) -> bool:
    """Whether fifteen digits agree as in a French social security number (Corsica's letters are not looked at)."""
    digits = _digits(text)
    return len(digits) == 15 and int(digits[13:]) == 97 - int(digits[:13]) % 97


def _is_telephone(text: str) -> bool:
    return 9 <= len(_digits(text)) <= 15


def _always(_: str) -> bool:
    return True


EMAIL = re.compile(r"[^\s@,;<>]{1,64}@[^\s@,;<>]{1,255}\.[A-Za-z]{2}")
"""Bounded as addresses are (RFC 5321, 4.5.3.1): a cell may be long, and looking must not take its length squared."""

LOOKS: tuple[tuple[str, re.Pattern[str], Callable[[str], bool]], ...] = (
    ("an e-mail address", EMAIL, _always),
    ("a French social security number", re.compile(r"\b[12](?:[ .]?\d){14}\b"), is_nir),
    ("a social security number", re.compile(r"(?<![\d-])\d{3}-\d{2}-\d{4}(?![\d-])"), is_social_security_number),
    ("a telephone number", re.compile(r"(?<![\w.,;(\[])(?:\+|0)[\d ()/.-]{7,18}\d(?![\w.])"), _is_telephone),
    ("an NHS number", re.compile(r"(?<![\d.])\d{3}[ -]?\d{3}[ -]?\d{4}(?![\d.])"), is_nhs_number),
    ("an identity card number", re.compile(r"\b\d{8}-?[A-Za-z]\b"), lambda text: is_dni(text.replace("-", ""))),
    ("a codice fiscale", re.compile(r"\b[A-Z]{6}\d\d[A-EHLMPRST]\d\d[A-Z]\d{3}[A-Z]\b"), _always),
    ("a hospital number", re.compile(r"\b(?:MRN|NHS|SSN|[Hh]osp\w*|[Cc]ase|[Pp]atient) ?(?:no|number|id|nr)?[.:# ]+\d{4,}"),
     _always),
    ("a person's name", re.compile(r"\b(?i:dr|mr|mrs|ms|prof|professor|doctor|herr|frau|mme|dott|sig)\b\.? +[^\W\d_a-z]\w+"),
     _always),
    ("a postcode", re.compile(r"(?<!\w)[A-Z]{1,2}\d[A-Z\d]? \d[ABD-HJLNP-UW-Z]{2}(?!\w)"), _always),
    ("a date", re.compile(rf"(?<!\d)(?:{YEAR}-\d\d-\d\d|\d\d?[./-]\d\d?[./-](?:{YEAR}|\d\d))(?!\d)"), _always),
    ("a date", re.compile(rf"(?i)\b(?:\d\d?(?:st|nd|rd|th)?[. ]+)?{MONTH}[ ,.]+(?:\d\d?,? +)?{YEAR}\b"), _always),
)  # fmt: skip
"""What a text may look like: in words, how it is found, and the test that it must pass besides."""


def looks_like(text: str) -> str | None:
    """What part of a text looks like, in words ("an e-mail address"); None where nothing does."""
    for what, pattern, test in LOOKS:
        if pattern is EMAIL and "@" not in text:  # each beginning of a long word would be tried
            continue
        if any(test(found.group()) for found in pattern.finditer(text)):
            return what
    return None


def dates_in(text: str) -> list[tuple[int, int]]:
    """The places (start, end) of a text that look like dates."""
    return [found.span() for what, pattern, _ in LOOKS if what == "a date" for found in pattern.finditer(text)]


def column_holds(name: str) -> str | None:
    """What a column of that name would hold of a person, in words; None where its name says nothing of the kind."""
    return COLUMN_NAMES.get(bare(name))


def identifier_looks_like(identifier: str, birth_date: date | None = None) -> str | None:
    """What a patient's or a sample's identifier looks like: a name, a person's number, or a birth date.

    A date of birth inside it is found where `birth_date` is known: as 1960-02-03, 19600203, 03021960, 020360 and the like.
    """
    if birth_date is not None:
        digits = _digits(identifier)
        forms = ("%Y%m%d", "%d%m%Y", "%m%d%Y", "%y%m%d", "%d%m%y", "%m%d%y")
        if any(birth_date.strftime(form) in digits for form in forms):
            return "the patient's date of birth"
    if (what := looks_like(identifier)) is not None:
        return what
    words = identifier.replace(",", " ").replace(".", " ").split()
    if len(words) >= 2 and all(word.isalpha() and len(word) > 1 for word in words) and any(map(_capital, words)):
        return "a person's name"
    return None


def _capital(word: str) -> bool:
    return word[0].isupper()


def masked(text: str) -> str:
    """A text as it may be shown: its first letter and how long it is, and no more."""
    return f"{text[:1]}... ({len(text)} characters)"
