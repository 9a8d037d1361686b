"""The addresses of titres, payments and accounts. What answers them lives in the modules named recovery_…"""

from flask import Blueprint

from garage.web import recovery_accounts, recovery_bill, recovery_list, recovery_returns

blueprint = Blueprint("recovery", __name__)

_BOTH = ("GET", "POST")
_add = blueprint.add_url_rule

_add("/recettes", "index", recovery_list.index)
_add("/recettes/export.csv", "table", recovery_list.table)
_add("/recettes/echeances", "ages", recovery_list.ages)
_add("/recettes/echeances.csv", "ages_table", recovery_list.ages_table)
_add("/recettes/retour", "returns", recovery_returns.returns, methods=_BOTH)
_add("/recettes/retour/<int(max=2147483647):return_id>", "one_return", recovery_returns.one_return, methods=_BOTH)
_add("/recettes/a-completer.csv", "to_fill", recovery_returns.to_fill)
_add("/factures/<bill:number>/titre", "titre", recovery_bill.titre, methods=_BOTH)
_add("/factures/<bill:number>/paiement", "payment", recovery_bill.payment, methods=_BOTH)
_add("/factures/<bill:number>/remboursement", "refund", recovery_bill.refund, methods=_BOTH)
_add("/factures/<bill:number>/compensation", "offset", recovery_bill.offset, methods=_BOTH)
_add("/reglements/<int(max=2147483647):settlement_id>/annuler", "void", recovery_bill.void, methods=_BOTH)
_add("/comptes/<code>", "account", recovery_accounts.account)
_add("/comptes/<code>.pdf", "account_pdf", recovery_accounts.account_pdf)
_add("/mon-releve", "mine", recovery_accounts.mine)
_add("/mon-releve.pdf", "mine_pdf", recovery_accounts.mine_pdf)
