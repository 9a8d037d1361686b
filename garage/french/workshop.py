"""One French sentence per refusal of the workshop's day."""

from collections.abc import Callable
from typing import Any

from garage.domain.errors import devices, tags, workshop
from garage.domain.errors.base import GarageError
from garage.french.formats import count, day, hours
from garage.french.labels import label
from garage.french.question_words import SENTENCES as QUESTIONS
from garage.french.request_words import SENTENCES as REQUESTS
from garage.french.times import hour

SENTENCES: dict[type[GarageError], Callable[[Any], str]] = {
    workshop.EntryTooOld: lambda x: f"Cette saisie date du {day(x.at.date())} : le chef d’atelier doit la vérifier.",
    workshop.EntryOfNobody: lambda _: "L’auteur de cette saisie ne peut plus saisir : le chef d’atelier la verra.",
    workshop.BadPhoto: lambda _: "Ce fichier n’est pas une photo lisible : envoyez une image JPEG, PNG ou WebP.",
    workshop.Disagreement: lambda x: f"{x.who} a déjà saisi {x.label} : {x.theirs}. Vous avez saisi : {x.mine}.",
    workshop.EntryResolved: lambda _: "Cette saisie a déjà été traitée.",
    workshop.UnplannableDay: lambda x: (
        f"Le {day(x.day)} ne peut pas être planifié : choisissez un jour du {day(x.first)} au {day(x.last)}."
    ),
    workshop.BadCapacity: lambda _: "Saisissez de 0 à 24 heures, par exemple 7 h ou 3 h 30.",
    workshop.AlreadyPlanned: lambda x: (
        f"{x.who} a déjà l’ordre {x.number} le {day(x.day)}, pour {hours(x.minutes)} : changez plutôt cette durée."
    ),
    workshop.PlanChanged: lambda x: (
        f"{x.who or 'Quelqu’un'} a changé le planning de l’ordre {x.number} depuis que vous avez ouvert la page."
    ),
    workshop.ClockOverlap: lambda x: (
        f"Ce temps chevauche celui de {hour(x.start)} à {hour(x.end)}. Corrigez l’un des deux."
        if x.end
        else f"Ce temps chevauche le chrono qui tourne depuis {hour(x.start)}. Arrêtez-le d’abord."
    ),
    workshop.ClockInFuture: lambda x: f"{hour(x.at)} n’est pas encore passé : saisissez une heure passée.",
    workshop.ClockBackwards: lambda x: f"La fin doit suivre le début ({hour(x.start)}).",
    workshop.ClockChanged: lambda _: "Le chrono a changé depuis. Corrigez plutôt le temps dans « Mes temps ».",
    workshop.ClockNotYours: lambda _: "Ce temps est celui d’un collègue : lui seul, ou le chef d’atelier, le corrige.",
    workshop.ClockNotForgotten: lambda _: "La fin de ce chrono est déjà connue : corrigez-la dans « Mes temps ».",
    workshop.NoLabourCode: lambda _: (
        "Aucune grille tarifaire publiée ne compte de main-d’œuvre. Adressez-vous au chef d’atelier."
    ),
    workshop.DayOverfull: lambda x: (
        f"Le {day(x.day)} compterait {hours(x.minutes)} pour une seule personne : un jour n’en a que 24."
    ),
    tags.UnusableCode: lambda x: (
        f"Ce code est trop long pour être gardé : « {x.text[:40]}… »."
        if x.text
        else "Rien n’a pu être lu dans ce code. Scannez-le de nouveau."
    ),
    tags.CodeNotTied: lambda x: f"Le code « {x.code} » ne mène plus là.",
    workshop.NothingToDo: lambda _: (
        "Choisissez un travail dans la liste, ou écrivez-le, par exemple Purger les freins."
    ),
    workshop.WorkNotOpen: lambda x: f"Le travail « {x.label} » est « {label(x.state)} » : remettez-le d’abord à faire.",
    workshop.WorkResumed: lambda x: f"Le travail « {x.label} » n’est plus reporté : voyez l’ordre {x.number}.",
    workshop.WorkOfAnother: lambda x: f"Le travail « {x.label} » a été reporté pour un autre véhicule.",
    workshop.PointNotFailed: lambda x: f"Le point « {x.label} » n’est pas en défaut : rien n’est à proposer.",
    workshop.PackageArchived: lambda x: f"Le forfait {x.code} est archivé : choisissez-en un autre.",
    workshop.LineRestored: lambda x: f"La ligne {x.rank} est déjà revenue sur l’ordre.",
    devices.BadDeviceName: lambda _: "Saisissez le nom, 100 caractères au plus, par exemple Tablette du pont 1.",
    devices.DeviceGone: lambda x: f"L’appareil « {x.name} » est déjà retiré.",
    devices.BadPin: lambda _: "Saisissez 4 chiffres, par exemple 4071.",
    devices.WeakPin: lambda _: "Ce code se devine trop vite : évitez 0000, 1234, 4321 ou 1212.",
    devices.PinsDiffer: lambda _: "Les deux codes ne sont pas les mêmes : saisissez-les de nouveau.",
    devices.WrongPin: lambda x: (
        f"Code faux. Il reste {x.left} {'essais' if x.left > 1 else 'essai'}."
        if x.left
        else "Code faux. Attendez un quart d’heure, ou passez votre badge."
    ),
    devices.WrongProof: lambda _: "Ce n’est ni votre mot de passe, ni votre code actuel.",
    devices.UnknownBadge: lambda _: "Ce badge n’ouvre rien ici : touchez votre nom, puis tapez votre code.",
    devices.PinThrottled: lambda _: (
        "Trop de codes faux. Attendez un quart d’heure, passez votre badge, ou demandez au chef d’atelier."
    ),
    devices.NoTabletForThem: lambda x: f"{x.name} ne travaille pas à l’atelier : pas de code.",
    workshop.EmptyNote: lambda _: "Écrivez la note, par exemple « Jeu dans le moyeu avant droit ».",
    workshop.NotYourRecord: lambda _: (
        "Cette note ou cette photo est d’un collègue : lui seul, ou le chef d’atelier, peut la retirer."
    ),
    workshop.PhotoNotKept: lambda _: (
        "La photo n’a pas pu être gardée : le dossier des photos n’accepte plus rien. Prévenez l’administrateur, "
        "puis recommencez."
    ),
    workshop.MeterLeap: lambda x: (
        f"Le compteur bondit : {count(x.last)} {label(x.unit)} le {day(x.on)}, {count(x.read)} saisi. "
        "Corrigez, ou confirmez."
    ),
    workshop.NoMeterHere: lambda x: f"L’ordre {x.number} est pour un site ou un objet : il n’a pas de compteur.",
    workshop.DayPassed: lambda x: f"Le {day(x.day)} est passé : choisissez un jour à venir.",
    workshop.StateChanged: lambda x: (
        f"L’ordre {x.number} est passé à « {label(x.state)} » depuis : il n’y a plus rien à annuler."
    ),
    workshop.CostOfHead: lambda _: "Le coût est donné par le chef d’atelier ; indiquez le fournisseur et le numéro.",
    workshop.NoCostHere: lambda x: (
        f"La ligne {x.rank} de l’ordre {x.number} n’a pas de coût : seuls une pièce ou un travail externe en ont un."
    ),
    workshop.CostKept: lambda x: (
        f"La pièce de la ligne {x.rank} de l’ordre {x.number} garde le coût de sa sortie ou de son achat."
    ),
    workshop.SameField: lambda _: (
        "Quelqu’un d’autre a changé la même chose depuis que vous avez ouvert la page. "
        "Les deux réponses sont ci-dessous : enregistrez celle qui convient."
    ),
    **REQUESTS,
    **QUESTIONS,
}
