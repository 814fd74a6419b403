"""`aliases`: spellings of names that searching takes for one another."""

import click

from fediverse_coord.cli import session, telling


@click.group()
def aliases() -> None:
    """Keep spellings of names that mean the same: Krivoy Rog, Kryvyi Rih, Кривий Ріг.

    Whoever searches for one of them finds texts with any of them. Capitals, accents and vowel
    signs are ignored anyway. What is changed holds from the next search on.
    """


@aliases.command()
@click.argument("names", metavar="NAME NAME…", nargs=-1, required=True)
def add(names: tuple[str, ...]) -> None:
    """Say that these names mean the same, each in quotation marks."""
    from fediverse_coord.desk import spellings
    from fediverse_coord.desk.people import OPERATOR

    known = session.at_desk(lambda desk: spellings.add(desk, OPERATOR, names))
    telling.say(f"the same from now on: {' = '.join(known)}")


@aliases.command("list")
@click.option("--json", "as_json", is_flag=True)
def list_(as_json: bool) -> None:
    """Show which names mean the same."""
    from fediverse_coord.desk import spellings
    from fediverse_coord.desk.people import OPERATOR

    found = session.at_desk(lambda desk: spellings.all_names(desk, OPERATOR))
    facts = [{"names": names if as_json else " = ".join(names)} for names in found]
    telling.listed(facts, ("names",), as_json=as_json)


@aliases.command()
@click.argument("name", metavar="NAME")
def remove(name: str) -> None:
    """Take one name out. The others go on to mean the same."""
    from fediverse_coord.desk import spellings
    from fediverse_coord.desk.people import OPERATOR

    session.at_desk(lambda desk: spellings.remove(desk, OPERATOR, name))
    telling.say(f"taken out: {name}")
