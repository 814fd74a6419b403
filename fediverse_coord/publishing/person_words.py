"""Words that tell a person's name from what else is written with capital letters.

For `publishing/persons.py`, casefolded. The lists cover the languages that coordinations write
most; a word that is missing costs a needless question or a missed name, nothing more.
"""


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


# Between the words of one name: Ana de la Cruz, Vincent van Gogh, Omar bin Said, Nur al Hakim.
PARTICLES = _words("""
    de da do dos das del della di du la le d' van von der den ten ter bin ibn bint ben abu abd
    al el ul ur af av y e
""")
# Which stand between any two nouns where all of them have capitals: "Streik von Kolleginnen".
BETWEEN_NOUNS = _words("von der den")

# Before a name; after one of them a single word is a name too. The second kind takes a full stop.
TITLES = _words("""
    mr mrs ms miss sir comrade colleague brother sister president minister senator judge chairman
    chairwoman journalist lawyer
    herr frau kollege kollegin genosse genossin präsident präsidentin minister ministerin
    monsieur madame mademoiselle camarade collègue président présidente ministre juge
    señor señora don doña compañero compañera camarada presidente presidenta ministro ministra juez
    senhor senhora companheiro companheira colega signor signora
    bay bayan sayın yoldaş pan pani
    господин госпожа товарищ коллега президент министр пан пані товариш колега міністр
    κύριος κυρία σύντροφος συντρόφισσα
""")
ABBREVIATED = _words("mr mrs ms dr prof st fr hr mme mlle sr sra dña ing д-р проф г др κ")

# What follows them begins with a thing: "the Copper Mines", "la Compañía Minera".
BEFORE_THINGS = _words("""
    the der die das dem des den l' la le les au aux du des el los las del al il lo gli
""")
# What follows them begins with a place: "in Odesa", "en Perú".
PLACED = _words("in im en em")

# Nobody's name, also at the beginning of a sentence and in headings full of capital letters.
STARTERS = _words("""
    a an the this that these those our your their his her my its we you they he she it who what when
    where why how which as at by for from in into of on to with without after before since during
    and or but if so not no all every each many some most more both dear yesterday today tomorrow
    now here there then also only even because while until over under against between about
    le la les un une des du ce cette ces nos notre vos votre leur leurs il elle ils elles nous vous
    à au aux en dans sur pour par avec sans après avant depuis et ou mais si chers chères cher chère
    hier demain quand selon contre
    el los las una unos unas este esta estos estas nuestro nuestra nuestros su sus ellos ellas con
    sin por para desde hasta y o pero si no según ayer hoy mañana cuando queridos queridas estimados
    o os as um uma nosso nossa em no na nos nas com sem ontem hoje quando
    в во на с со к ко у о об от до из за по для и или но а не мы вы они он она наш наша наши это
    дорогие уважаемые вчера сегодня когда після до з із від у в і й та або але не ми ви вони він
    шановні вчора сьогодні коли
    ο η το οι τα τον την του της των στο στη στον στην και για με από σε
    bir bu şu ve ile için biz siz onlar sevgili değerli dün bugün
""")

# No person, but who people work for, where they live, what they found and commemorate. A name that
# follows is looked at: "Azov Works Rosa Lux".
ORGANISED = _words("""
    union unions workers miners council committee federation confederation congress association
    ministry government parliament court police army party front movement campaign network alliance
    forum international national company corporation corp inc ltd plc llc group holding bank
    industries mine mines works plant factory steel railway railways airlines university institute
    school hospital street road avenue square city river day year news times convention declaration
    human rights world united nations republic state states north south east west new
    gewerkschaft betriebsrat verband bund ministerium gericht partei gmbh ag straße platz werk werke
    millionen milliarden tausend tonnen prozent euro uhr anfang ende mitte
    syndicat syndicats confédération fédération comité ministère gouvernement société compagnie
    rue usine mines état droits
    sindicato sindicatos confederación federación ministerio gobierno compañía empresa minera
    mineras calle avenida ciudad río unión frente estado derechos nacional
    профсоюз союз совет комитет министерство федерация компания завод улица
    профспілка спілка рада комітет міністерство федерація компанія
    sendikası sendika bakanlığı partisi şirketi madencilik
    συνδικάτο υπουργείο ομοσπονδία
""")

# Here every noun has a capital letter, so that the beginning of a sentence says nothing.
NOUNS_ARE_CAPITAL = frozenset({"de", "lb", "nds", "gsw"})
