"""Searches among 100,000 versions: medians, and how large the index becomes.

`python -m bench.search [--versions 100000] [--url postgresql://…] [--save]` prints one JSON object.
Texts are of 150 words, four languages a work, from a vocabulary in which few words are frequent and
most are rare, as in any language. Without `--url` the engine is SQLite, in a new folder.
"""

import argparse
import asyncio
import random
import statistics
import tempfile
import time
from collections.abc import Iterator

from bench.world import result
from fediverse_coord.publishing.search_questions import question
from fediverse_coord.publishing.search_words import marked, titled
from fediverse_coord.storage import search
from fediverse_coord.storage.database import Database, Transaction, is_postgres, open_database
from fediverse_coord.storage.filters import Filter
from fediverse_coord.storage.migrate import migrate

WORDS, RARE, VERSIONS_OF_A_WORK = 150, 60_000, 4
LANGUAGES = ("en", "uk", "ar", "zh")
LETTERS = (
    "abcdefghiklmnoprstuv",
    "абвгдежзиклмнопрсту",
    "ابتثجحخدذرزسشصضطظعغ",
    "工人罢世界无产者联合",
)
PORTION = 500

ACTOR = """
INSERT INTO actors (name, actor_id, type, role, profile, revision, document, created_at,
                    updated_at)
VALUES ('pits', 'https://here.example/pits', 'Organization', 'coordination', '{}', 1, :nothing, 0,
        0)
"""
WORK = """
INSERT INTO declarations (id, actor, key, slug, state, form, language, visibility, fields,
                          keeps_text, revision, url_revision, created_at, updated_at, published_at,
                          stands_at)
VALUES (:row, 1, :key, :key, 'published', 'article', 'en', 'public', '{}', 0, 1, 0, 0, 0, 0, 0)
"""
PUT = """
INSERT INTO search (place, declaration, language, words)
VALUES (:place, :row, :language, :words)
"""
SIZES = {
    False: "SELECT name, sum(pgsize) AS size FROM dbstat WHERE name LIKE 'search%' GROUP BY name",
    True: "SELECT 'search' AS name, pg_table_size('search') AS size"
    " UNION ALL SELECT 'search_index', pg_relation_size('search_index')",
}


def vocabulary(letters: str, chance: random.Random) -> list[str]:
    return ["".join(chance.choices(letters, k=3 + place % 8)) for place in range(RARE)]


def versions(number: int, chance: random.Random) -> Iterator[tuple[int, int, str, str]]:
    """(row of the work, place, language, words) of each."""
    known = [vocabulary(letters, chance) for letters in LETTERS]
    weights = [1 / (place + 2) for place in range(RARE)]
    total = [sum(weights[:1])]
    for weight in weights[1:]:
        total.append(total[-1] + weight)
    for one in range(number):
        row, version = divmod(one, VERSIONS_OF_A_WORK)
        text = chance.choices(known[version], cum_weights=total, k=WORDS)
        year = 2010 + row % 16
        marks = [marked("a", 1), marked("y", year), marked("l", LANGUAGES[version])]
        marks += [marked("k", ("call", "letter")[row % 2]), marked("c", ("es", "ua")[row % 2])]
        words = [*map(titled, text[:6]), "¤", *text[:6], "¤", *text, "¤", *sorted(marks), "¤"]
        place = (row * 8 % 5_800 * search.DECLARATIONS + row + 1) * search.VERSIONS + 9 - version
        yield row + 1, place, LANGUAGES[version], " ".join(words)


async def fill(db: Database, number: int, chance: random.Random) -> tuple[list[str], float]:
    """Some of the texts, and versions a second."""
    await db.write(lambda tx: tx.execute(ACTOR, nothing=b""))
    seen, begun, portion = [], time.perf_counter(), []
    for one in versions(number, chance):
        portion.append(one)
        if one[0] % 500 == 1 and one[2] == "en":
            seen.append(one[3])
        if len(portion) == PORTION:
            await db.write(lambda tx, rows=portion: _put(tx, rows))  # type: ignore[misc]
            portion = []
    return seen, number / (time.perf_counter() - begun)


async def _put(tx: Transaction, rows: list[tuple[int, int, str, str]]) -> None:
    works = [{"row": row, "key": f"k{row}"} for row, _, language, _ in rows if language == "en"]
    await tx.execute_many(WORK, works)
    names = ("row", "place", "language", "words")
    await tx.execute_many(PUT, [dict(zip(names, one, strict=True)) for one in rows])


def asked(texts: list[str], chance: random.Random) -> dict[str, list[tuple[str, Filter]]]:
    """Questions by kind, made of texts that are there."""
    bodies = [one.split(" ¤ ")[2].split(" ") for one in texts]
    every = Filter()
    frequent = statistics.mode(word for body in bodies for word in body)
    starts = [chance.randrange(100) for _ in bodies]
    pairs = list(zip(bodies, starts, strict=True))
    return {
        "one_word": [(body[start] + " ", every) for body, start in pairs],
        "beginning": [(body[start][:4], every) for body, start in pairs],
        "two_words": [(f"{body[start]} {body[start + 9]} ", every) for body, start in pairs],
        "phrase": [(f'"{" ".join(body[start : start + 3])}"', every) for body, start in pairs],
        "most_frequent_word": [(f"{frequent} ", every)] * 20,
        "filtered": [(body[start] + " ", Filter(year=2018, kind="call")) for body, start in pairs],
        "filter_alone": [("", Filter(language="zh", country="UA"))] * 20,
        "nothing": [(f'"qqqxyz{start}"', every) for start in starts],
    }


async def medians(
    db: Database, questions: dict[str, list[tuple[str, Filter]]]
) -> dict[str, object]:
    """Milliseconds: the median and the slowest of each kind; how many hits the first page had."""
    told: dict[str, object] = {}
    for name, kind in questions.items():
        times, hits = [], []
        for text, chosen in kind:
            begun = time.perf_counter()
            found = await search.find(db, question(text + '""' * text.endswith(" ")), chosen)
            times.append((time.perf_counter() - begun) * 1000)
            hits.append(len(found))
        told[name] = {
            "median_ms": round(statistics.median(times), 2),
            "slowest_ms": round(max(times), 2),
            "hits": statistics.median(hits),
        }
    return told


async def measure(url: str, number: int) -> dict[str, object]:
    chance = random.Random(5)
    db = await open_database(url)
    await migrate(db)
    texts, rate = await fill(db, number, chance)
    if is_postgres(url):
        await db.write(lambda tx: tx.execute("ANALYZE"))
    told = await medians(db, asked(texts, chance))
    rows = await db.fetch_all(SIZES[is_postgres(url)])
    sizes = {row["name"]: round(float(row["size"]) / 1e6, 1) for row in rows}
    await db.close()
    return {"engine": db.dialect.name, "versions": number, "written_a_second": round(rate),
            "searches": told, "megabytes": sizes}  # fmt: skip


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--versions", type=int, default=100_000)
    parser.add_argument("--url", help="an empty database; else SQLite in a new folder")
    parser.add_argument("--save", action="store_true", help="into bench/results, by `result`")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        told = asyncio.run(measure(given.url or f"sqlite:///{folder}/coord.db", given.versions))
    result(f"search-{told['engine']}", **told)


if __name__ == "__main__":
    main()
