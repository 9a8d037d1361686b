"""`garage users`: the first person who can sign in."""

import click
from sqlalchemy import select

from garage import clock
from garage.cli.runtime import OPERATOR, Runtime
from garage.db.models.collectivities import Collectivity
from garage.domain.errors.base import NotFound
from garage.domain.permissions import Role
from garage.operations import users
from garage.operations.users import Person

_ROLES = {
    "mecanicien": Role.MECHANIC,
    "chef": Role.HEAD,
    "collectivite": Role.COLLECTIVITY,
    "comptabilite": Role.ACCOUNTING,
    "administrateur": Role.ADMIN,
}


@click.group(help="Personnes.")
def group() -> None:
    """People commands."""


@group.command("create", help="Créer une personne qui peut se connecter.")
@click.argument("email")
@click.option("--nom", "name", required=True, help="Nom affiché.")
@click.option("--role", type=click.Choice(sorted(_ROLES)), required=True)
@click.option("--collectivite", "code", help="Code de la collectivité, pour ce rôle seulement.")
@click.password_option("--mot-de-passe", "password", prompt="Mot de passe (12 caractères au moins)")
@click.pass_obj
def create(runtime: Runtime, email: str, name: str, role: str, code: str | None, password: str) -> None:
    """Create a person; refusals as everywhere."""
    runtime.check_tables()
    with runtime.database.transaction() as session:
        owner = None
        if code is not None:
            owner = session.scalar(select(Collectivity.id).where(Collectivity.code == code.strip().upper()))
            if owner is None:
                raise NotFound("collectivity", code)
        users.create(session, Person(email, name, _ROLES[role], owner, password), OPERATOR, clock.now())
    click.echo(f"{name} peut se connecter avec {email}.")
