"""The report: one page that tells what can be told, says what cannot, and needs nothing from elsewhere."""

import re

import pandas as pd
import pytest

from binance_nb import analysis
from binance_nb.errors import AnalysisError
from tests.analysis.fill_tables import fills, orders, quotes

HOUR = 3_600_000


@pytest.fixture
def traded():
    """A purchase as taker, a sale of the half as maker two hours later, and one fill of another market."""
    return fills(
        (1_000, "BUY", 2.0, 100.0, {"commission_amount": 0.2}),
        (2 * HOUR, "SELL", 1.0, 110.0, {"is_maker": True, "order_id": 2, "commission_amount": 0.1}),
        (3_000, "BUY", 1.0, 5.0, {"symbol": "ETHUSDT", "order_id": 3}),
    )


@pytest.fixture
def around():
    """Quotes: the mid was 99 before the purchase, 111 before the sale, 120 at the end."""
    return quotes((0, 98, 100), (1_500, 100, 102), (2 * HOUR - 10, 110, 112), (2 * HOUR + 70_000, 119, 121))


def told(page):
    """The words of a page, without its marks."""
    return re.sub(r"\s+", " ", re.sub(r"<style>.*?</style>|<[^>]+>", " ", page, flags=re.S))


def test_the_headline_is_that_of_the_market_with_most_fills(traded, around):
    made = analysis.report(traded, quotes=around)
    line = made.headline
    assert line["fills"] == "2"
    assert line["orders"] == "2"
    assert line["traded (BTC)"] == "3"
    assert line["traded (USDT)"] == "310"
    assert (line["VWAP bought"], line["VWAP sold"]) == ("100", "110")
    assert line["as maker"] == "35 %"  # by value: 110 of 310
    assert line["fees (USDT)"] == "0.3"
    # Realised 1 x (110 - 100); the other unit is worth the last mid, 120, and cost 100; 0.3 went to fees.
    assert line["profit after fees (USDT)"] == "29.7"
    # 100 against 99 is 101.01 bp worse, 110 against 111 sold is 90.09 bp worse: 95.55 on average.
    assert line["slippage (bp, mean ± 95 % by order)"].startswith("95.55 ±")


def test_a_market_can_be_chosen(traded):
    assert analysis.report(traded, symbol="ethusdt").headline["VWAP bought"] == "5"
    with pytest.raises(AnalysisError, match="no fills of XRPUSDT"):
        analysis.report(traded, symbol="XRPUSDT")


def test_without_quotes_what_is_open_is_worth_the_last_fill(traded):
    assert analysis.report(traded).headline["profit after fees (USDT)"] == "19.7"


def test_what_is_not_given_is_left_out_and_the_page_says_so(traded):
    made = analysis.report(traded)
    assert set(made.figures) == {"price", "cost", "inventory", "hours"}
    assert "Orders" not in made.tables
    text = told(made._repr_html_())
    assert "they need the quotes around the fills" in text
    assert "they need the orders" in text


def test_with_everything_nothing_is_left_out(traded, around):
    given = orders((1, "BUY", 2.0, 900, 1_000), (2, "SELL", 1.0, 5_000, 2 * HOUR))
    made = analysis.report(traded, given, around)
    assert made.left_out == []
    assert set(made.figures) == {"price", "slippage", "cost", "markout", "inventory", "hours"}
    assert set(made.tables) == {"Markets", "Positions", "Round trips", "Orders"}
    assert made.tables["Markets"]["symbol"].tolist() == ["BTCUSDT", "ETHUSDT"]


def test_fills_that_no_quote_can_judge_are_counted(traded, around):
    early = around[around.event_time < around.event_time.min() + pd.Timedelta("30s")]
    made = analysis.report(traded, quotes=early)
    (about,) = [each for each in made.left_out if "slippage" in each]
    assert about == (
        "the slippage of 1 of 2 fills: no quote stood before them, or none younger than 60 s (max_age_ms=)"
    )
    assert not [each for each in analysis.report(traded, quotes=early, max_age_ms=None).left_out if "slippage" in each]


def test_fees_that_cannot_be_converted_are_left_out_with_the_measures_sentence(traded):
    odd = traded.assign(commission_asset="BNB")
    made = analysis.report(odd)
    assert "fees (USDT)" not in made.headline
    assert any("BNB" in each for each in made.left_out)


def test_one_fill_is_enough_and_none_is_refused(traded):
    made = analysis.report(traded.head(1))
    assert made.headline["fills"] == "1"
    assert "slippage (bp, mean ± 95 % by order)" not in made.headline
    with pytest.raises(AnalysisError, match="no fills to report on"):
        analysis.report(traded.head(0))


def test_a_fill_told_twice_counts_once(traded):
    assert analysis.report(pd.concat([traded, traded])).headline == analysis.report(traded).headline


def test_a_saved_report_is_one_file_that_needs_nothing_from_elsewhere(traded, around, tmp_path):
    made = analysis.report(traded, quotes=around, title="Mine & <yours>", theme="dark")
    where = made.save(tmp_path / "report.html")
    page = where.read_text(encoding="utf-8")
    assert page.startswith("<!doctype html>")
    assert "<title>Mine &amp; &lt;yours&gt;</title>" in page
    assert page.count("data:image/png;base64,") == len(made.figures)
    assert not re.search(r"(src|href)=\"(?!data:)|https?://|<script", page)
    assert all(re.findall(r'<img alt="([^"]*)"', page))


def test_an_unknown_theme_is_refused(traded):
    with pytest.raises(AnalysisError, match="light, dark"):
        analysis.report(traded, theme="pink")
