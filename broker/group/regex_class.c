#include "broker/group/regex_internal.h"

#include "common/mem.h"

enum { KELVIN = 0x212a, LONG_S = 0x17f }; /* the letters that fold to ASCII's k and s */

static void add_cases(struct regex_set *s, uint32_t c)
{
    uint32_t lower = c | 0x20;

    regex_set_add(s, c);
    if (lower >= 'a' && lower <= 'z') {
        regex_set_add(s, lower);
        regex_set_add(s, lower - 0x20);
    }
}

void regex_set_range(struct regex_set *s, uint32_t low, uint32_t high, bool fold)
{
    for (uint32_t c = low; c <= high && c < 128; c++) {
        if (fold)
            add_cases(s, c);
        else
            regex_set_add(s, c);
    }
    if (fold && low <= KELVIN && high >= KELVIN)
        add_cases(s, 'k');
    if (fold && low <= LONG_S && high >= LONG_S)
        add_cases(s, 's');
}

void regex_set_or(struct regex_set *s, const struct regex_set *other, bool negate)
{
    for (int i = 0; i < 2; i++)
        s->bits[i] |= negate ? ~other->bits[i] : other->bits[i];
}

/* Pairs of bounds. */
static void add_pairs(struct regex_set *s, const char *pairs)
{
    for (; *pairs; pairs += 2)
        regex_set_range(s, (uint8_t)pairs[0], (uint8_t)pairs[1], false);
}

bool regex_perl_class(uint32_t letter, struct regex_set *ret)
{
    struct regex_set s = { { 0 } };

    switch (letter) {
    case 'd':
    case 'D':
        add_pairs(&s, "09");
        break;
    case 's':
    case 'S':
        add_pairs(&s, "\t\n\f\r  ");
        break;
    case 'w':
    case 'W':
        add_pairs(&s, "09AZ__az");
        break;
    default:
        return false;
    }
    regex_set_or(ret, &s, letter < 'a');
    return true;
}

struct named {
    const char *name, *pairs;
};

/* `name` may begin with ^. */
static bool find(const struct named *list, size_t n, struct str name, struct regex_set *ret)
{
    bool negate = name.n && name.p[0] == '^';
    struct regex_set s = { { 0 } };

    if (negate)
        name = str_make(name.p + 1, name.n - 1);
    for (size_t i = 0; i < n; i++) {
        if (!str_is(name, list[i].name))
            continue;
        add_pairs(&s, list[i].pairs);
        regex_set_or(ret, &s, negate);
        return true;
    }
    return false;
}

bool regex_posix_class(struct str name, struct regex_set *ret)
{
    static const struct named list[] = {
        { "alnum", "09AZaz" }, { "alpha", "AZaz" }, { "blank", "\t\t  " }, { "digit", "09" },
        { "graph", "!~" }, { "lower", "az" }, { "print", " ~" }, { "punct", "!/:@[`{~" },
        { "space", "\t\r  " }, { "upper", "AZ" }, { "word", "09AZ__az" }, { "xdigit", "09AFaf" },
        { "ascii", "\x01\x7f" }, { "cntrl", "\x01\x1f\x7f\x7f" },
    };

    return find(list, ARRAY_LEN(list), name, ret);
}

/* Categories, and scripts that have ASCII characters. */
static const struct named unicode[] = {
    { "Any", "\x01\x7f" }, { "L", "AZaz" }, { "Ll", "az" }, { "Lu", "AZ" }, { "N", "09" },
    { "Nd", "09" }, { "P", "!#%*,/:;?@[]__{{}}" }, { "Pc", "__" }, { "Pd", "--" },
    { "Ps", "(([[{{" }, { "Pe", "))]]}}" }, { "Po", "!#%'**,,./:;?@\\\\" },
    { "S", "$$++<>^^``||~~" }, { "Sc", "$$" }, { "Sk", "^^``" }, { "Sm", "++<>||~~" },
    { "Z", "  " }, { "Zs", "  " }, { "C", "\x01\x1f\x7f\x7f" }, { "Cc", "\x01\x1f\x7f\x7f" },
    { "Latin", "AZaz" }, { "Common", "\x01@[`{\x7f" },
};

/* The others, all outside of ASCII. */
static const char *const elsewhere[] = {
    "Lm", "Lo", "Lt", "M", "Mc", "Me", "Mn", "Nl", "No", "Pf", "Pi", "So", "Zl", "Zp", "Cf", "Co", "Cs",
    "Adlam", "Ahom", "Anatolian_Hieroglyphs", "Arabic", "Armenian", "Avestan", "Balinese", "Bamum",
    "Bassa_Vah", "Batak", "Bengali", "Bhaiksuki", "Bopomofo", "Brahmi", "Braille", "Buginese", "Buhid",
    "Canadian_Aboriginal", "Carian", "Caucasian_Albanian", "Chakma", "Cham", "Cherokee", "Coptic",
    "Cuneiform", "Cypriot", "Cyrillic", "Deseret", "Devanagari", "Dogra", "Duployan",
    "Egyptian_Hieroglyphs", "Elbasan", "Elymaic", "Ethiopic", "Georgian", "Glagolitic", "Gothic",
    "Grantha", "Greek", "Gujarati", "Gunjala_Gondi", "Gurmukhi", "Han", "Hangul", "Hanifi_Rohingya",
    "Hanunoo", "Hatran", "Hebrew", "Hiragana", "Imperial_Aramaic", "Inherited",
    "Inscriptional_Pahlavi", "Inscriptional_Parthian", "Javanese", "Kaithi", "Kannada", "Katakana",
    "Kayah_Li", "Kharoshthi", "Khmer", "Khojki", "Khudawadi", "Lao", "Lepcha", "Limbu", "Linear_A",
    "Linear_B", "Lisu", "Lycian", "Lydian", "Mahajani", "Makasar", "Malayalam", "Mandaic", "Manichaean",
    "Marchen", "Masaram_Gondi", "Medefaidrin", "Meetei_Mayek", "Mende_Kikakui", "Meroitic_Cursive",
    "Meroitic_Hieroglyphs", "Miao", "Modi", "Mongolian", "Mro", "Multani", "Myanmar", "Nabataean",
    "Nandinagari", "New_Tai_Lue", "Newa", "Nko", "Nushu", "Nyiakeng_Puachue_Hmong", "Ogham", "Ol_Chiki",
    "Old_Hungarian", "Old_Italic", "Old_North_Arabian", "Old_Permic", "Old_Persian", "Old_Sogdian",
    "Old_South_Arabian", "Old_Turkic", "Oriya", "Osage", "Osmanya", "Pahawh_Hmong", "Palmyrene",
    "Pau_Cin_Hau", "Phags_Pa", "Phoenician", "Psalter_Pahlavi", "Rejang", "Runic", "Samaritan",
    "Saurashtra", "Sharada", "Shavian", "Siddham", "SignWriting", "Sinhala", "Sogdian", "Sora_Sompeng",
    "Soyombo", "Sundanese", "Syloti_Nagri", "Syriac", "Tagalog", "Tagbanwa", "Tai_Le", "Tai_Tham",
    "Tai_Viet", "Takri", "Tamil", "Tangut", "Telugu", "Thaana", "Thai", "Tibetan", "Tifinagh",
    "Tirhuta", "Ugaritic", "Vai", "Wancho", "Warang_Citi", "Yi", "Zanabazar_Square",
};

bool regex_unicode_class(struct str name, struct regex_set *ret)
{
    bool negate = name.n && name.p[0] == '^';
    struct str bare = negate ? str_make(name.p + 1, name.n - 1) : name;
    static const struct regex_set nothing;

    if (find(unicode, ARRAY_LEN(unicode), name, ret))
        return true;
    for (size_t i = 0; i < ARRAY_LEN(elsewhere); i++) {
        if (!str_is(bare, elsewhere[i]))
            continue;
        regex_set_or(ret, &nothing, negate);
        return true;
    }
    return false;
}
