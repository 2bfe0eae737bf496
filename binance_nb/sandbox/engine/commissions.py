"""What a side of a trade pays: standard, special, tax, and the discount for paying in BNB (commission_faq.md)."""

from collections.abc import Callable
from dataclasses import replace

from binance_nb.sandbox.engine.accounts import Member
from binance_nb.sandbox.engine.records import CommissionRates, Rates
from binance_nb.sandbox.engine.units import SCALE, ratio_units, to_units

# Asks for the value of one asset in another: (asset, in asset) to (numerator, denominator), None if no symbol tells.
Rate = Callable[[str, str], tuple[int, int] | None]


def rates_of(member: Member, symbol: str) -> CommissionRates:
    """Return the account's commission rates on the symbol."""
    account = member.account
    return replace(account.symbol_commission.get(symbol, account.commission), symbol=symbol)


def rates_for_side(rates: Rates, *, is_buyer: bool) -> Rates:
    """Return maker and taker rates of an order with the side's own rate added in, as a test order shows them."""
    extra = rates.buyer if is_buyer else rates.seller
    return Rates(maker=rates.maker + extra, taker=rates.taker + extra)


def _numerators(member: Member, symbol: str) -> tuple[int, ...]:
    """Return the rates as whole numbers of 10^-8: standard, special and tax for each of the four ways to trade."""
    known = member.rates.get(symbol)
    if known is None:
        rates = rates_of(member, symbol)
        known = tuple(
            to_units(part.of(is_maker=is_maker, is_buyer=is_buyer))
            for is_maker in (False, True)
            for is_buyer in (False, True)
            for part in (rates.standard, rates.special, rates.tax)
        )
        member.rates[symbol] = known
    return known


def commission(
    member: Member, symbol: str, *, received_u: int, received_asset: str, is_maker: bool, is_buyer: bool, rate: Rate
) -> tuple[int, str]:
    """Return how much the side pays, in units, and in which asset.

    Each part is a share of what the side receives, rounded half up. With the discount on, everything is turned into
    the discount asset, the standard part is multiplied by the discount, and the sum is paid from the free balance if
    that covers it; else the full commission comes out of what was received.
    """
    first = 3 * (2 * is_maker + is_buyer)
    standard, special, tax = _numerators(member, symbol)[first : first + 3]
    if not standard and not special and not tax:
        return 0, received_asset
    account = member.account
    terms = account.symbol_commission.get(symbol, account.commission)
    if terms.discount_enabled_for_account and terms.discount_enabled_for_symbol:
        value = rate(received_asset, terms.discount_asset)
        if value is not None:
            numerator, denominator = value
            discounted = standard * to_units(terms.discount) + (special + tax) * SCALE
            amount = ratio_units(received_u * discounted * numerator, denominator * SCALE * SCALE)
            received = received_u if received_asset == terms.discount_asset else 0
            if member.free_u(terms.discount_asset) + received >= amount:
                return amount, terms.discount_asset
    full = sum(ratio_units(received_u * part, SCALE) for part in (standard, special, tax))
    return min(full, received_u), received_asset
