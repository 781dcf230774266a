"""The warehouse: every question about what customers did, answered up to an as-of date.

Questions are ibis expressions that run inside the engine of the brand; nothing above this module
knows which engine that is, and none goes through orders one by one. The as-of filter comes first
in each: orders after it decide nothing, not even which products are named.
"""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from datetime import date
from typing import TYPE_CHECKING

import ibis
import ibis.expr.types as ir
import pandas as pd
from ibis.backends import BaseBackend

from workbench.brand import DIMENSIONS, Brand, Costs
from workbench.errors import DataWarning
from workbench.store import actuals, customers
from workbench.store import engine as engines
from workbench.store.contribution import catalogue, label_lines, main_products, order_money

if TYPE_CHECKING:
    from workbench.sources import Exports

__all__ = ["TOP", "Warehouse"]

TOP = 8
"""Number of first products kept by name where the brand does not say."""

ORDER_MONEY = {
    "order_id": "str", "customer_id": "str", "day": "datetime64[s]",
    "revenue": "float64", "contribution": "float64",
}  # fmt: skip


class Warehouse:
    """Answers about one brand; build it with `open` or `from_frames`.

    Money is in shop currency without tax, contribution as `workbench.store.contribution` defines
    it, age and purchase day as `workbench.store.customers` does. In a log without money
    (`has_money` is False) every order is a purchase and all money is NaN.

    Parameters
    ----------
    connection : ibis backend
        The engine that answers.
    orders : ibis table
        Orders with contribution, is_purchase and product, on that engine.
    has_money : bool
        Whether any order has a revenue.
    cohorts : sequence of {"channel", "first_product", "first_month"}
        Dimensions that make a cohort of this brand.
    top : int
        Number of first products kept by name.
    """

    def __init__(
        self,
        connection: BaseBackend,
        orders: ir.Table,
        *,
        has_money: bool,
        cohorts: Sequence[str],
        top: int,
    ) -> None:
        self._connection = connection
        self._held: object = None
        self.has_money = has_money
        self.cohorts_by = tuple(cohorts)
        self.top = top
        self._orders = engines.keep(connection, orders, "orders_priced")
        self._days = self._keep(customers.customer_days(self._orders), "days")
        self._tables: dict[date, ir.Table] = {}

    @classmethod
    def open(cls, brand: Brand, exports: Exports) -> Warehouse:
        """Load the exports of a brand into its engine.

        Orders that are a table of a database are not loaded: that database is the engine.

        Raises
        ------
        WorkbenchError
            If the engine cannot be opened.
        """
        tops = [spec.top for spec in brand.sources.products]
        table = getattr(exports, "table", None)
        if table is not None:
            try:
                return cls._from_tables(
                    table.source.connection,
                    table.orders.select(*engines.SCHEMAS["orders"].names),
                    table.lines.select(*engines.SCHEMAS["lines"].names),
                    engines.load(table.source.connection, "products", exports.products),
                    has_money=table.has_money,
                    costs=brand.costs,
                    cohorts=brand.cohorts,
                    top=max(tops, default=TOP),
                    held=table,
                )
            except Exception as error:  # every driver has its own family of errors
                warnings.warn(
                    f"The database of {table.source.name} makes no temporary tables for this user "
                    f"({type(error).__name__}), so its orders are fetched and computed with here.",
                    DataWarning,
                    stacklevel=2,
                )
        return cls.from_frames(
            exports.orders,
            exports.order_lines,
            exports.products,
            costs=brand.costs,
            cohorts=brand.cohorts,
            top=max(tops, default=TOP),
            engine=brand.engine,
        )

    @classmethod
    def from_frames(
        cls,
        orders: pd.DataFrame,
        lines: pd.DataFrame | None = None,
        products: pd.DataFrame | None = None,
        *,
        costs: Costs | None = None,
        cohorts: Sequence[str] = DIMENSIONS,
        top: int = TOP,
        engine: str = "duckdb",
    ) -> Warehouse:
        """Build a warehouse from canonical frames.

        Parameters
        ----------
        orders, lines, products : DataFrame
            As the sources return them; without lines the only product is "All products".
        costs : Costs, optional
            Without them contribution equals revenue.
        cohorts : sequence of {"channel", "first_product", "first_month"}
            Dimensions of a cohort.
        top : int
            Number of first products kept by name.
        engine : str
            ``"duckdb"``, or an ibis backend or connection URL.

        Raises
        ------
        WorkbenchError
            If the engine cannot be opened.
        """
        connection = engines.connect(engine)
        loaded = {
            name: engines.load(connection, name, pd.DataFrame() if frame is None else frame)
            for name, frame in (("orders", orders), ("lines", lines), ("products", products))
        }
        return cls._from_tables(
            connection,
            loaded["orders"],
            loaded["lines"],
            loaded["products"],
            has_money=bool(orders["revenue"].notna().any()),
            costs=costs,
            cohorts=cohorts,
            top=top,
        )

    @classmethod
    def _from_tables(
        cls,
        connection: BaseBackend,
        orders: ir.Table,
        lines: ir.Table,
        products: ir.Table,
        *,
        has_money: bool,
        costs: Costs | None,
        cohorts: Sequence[str],
        top: int,
        held: object = None,
    ) -> Warehouse:
        """Build a warehouse from canonical tables of the engine; `held` lives as long as it."""
        articles = engines.keep(connection, catalogue(lines, products), "articles")
        labelled = engines.keep(connection, label_lines(lines, articles), "labelled")
        table = orders.left_join(main_products(labelled), "order_id")
        paid = table.revenue.coalesce(0.0) > customers.SMALLEST_REVENUE
        table = table.drop("order_id_right").mutate(
            channel=table.channel.nullif("").coalesce(customers.UNKNOWN),
            guest=table.guest.coalesce(False),
            is_purchase=paid if has_money else ibis.literal(True),
        )
        priced = order_money(table, labelled, costs)
        warehouse = cls(connection, priced, has_money=has_money, cohorts=cohorts, top=top)
        warehouse._held = held
        return warehouse

    def orders(self, as_of: date) -> ir.Table:
        """Return the orders up to the as-of date, as an ibis table.

        Columns: those of the canonical orders that value needs, product (of the largest line),
        goods_cost, fulfilment, payment_fee, contribution (currency per order), unit_cost_share
        (0 to 1) and is_purchase (revenue > 0).
        """
        return self._orders.filter(self._orders.day <= ibis.date(as_of))

    def order_money(self, as_of: date) -> pd.DataFrame:
        """Return what each order to the as-of date brought.

        Returns
        -------
        DataFrame
            Sorted by order_id: order_id, customer_id, day, revenue, contribution (currency).
        """
        return engines.to_frame(self.orders(as_of), ORDER_MONEY, ["order_id"])

    def customers(self, as_of: date) -> pd.DataFrame:
        """Return one row per customer whose first purchase day is not after the as-of date.

        Returns
        -------
        DataFrame
            Sorted by customer_id: customer_id, channel, first_product, first_month
            (``"2026-01"``), first_day, last_day (of purchase), repeat_days (purchase days after
            the first), recency_days (first to last purchase day), age_days (first purchase day to
            the as-of date), orders (with revenue > 0), revenue and contribution (all orders),
            first_revenue (of the first day), first_contribution (of the first day and of orders
            before it), mean_repeat_revenue (per repeat day, NaN without one), repeat_revenue,
            repeat_contribution (after the first day), contribution_90d, contribution_12m (ages 0
            to 90, 0 to 365, as far as observed), repeat_days_90d, guest, channel_source.
        """
        return engines.to_frame(self._customers(as_of), customers.COLUMNS, ["customer_id"])

    def daily(self, as_of: date) -> pd.DataFrame:
        """Return one row per calendar day from the first order to the as-of date.

        Returns
        -------
        DataFrame
            Sorted by day: day, new_customers, repeat_days (customers with a repeat purchase
            day), orders (with revenue > 0), revenue, contribution (of all orders). Days without
            any order hold zeros; money is NaN throughout in a log without money.
        """
        frame = engines.to_frame(actuals.by_day(self._days, as_of), actuals.DAILY, ["day"])
        if frame.empty:
            return frame
        calendar = pd.date_range(frame["day"].min(), as_of, name="day")
        money = ["revenue", "contribution"]
        counts = [name for name in actuals.DAILY if name not in ("day", *money)]
        filled = counts + money if self.has_money else counts
        whole = frame.set_index("day").reindex(calendar).fillna(dict.fromkeys(filled, 0))
        return whole.reset_index().astype(actuals.DAILY)

    def value_by_age(self, as_of: date) -> pd.DataFrame:
        """Return what cohorts left at each age, summed over their customers.

        Returns
        -------
        DataFrame
            Sorted by its first four columns: channel, first_product, first_month, age_days (0 is
            the first purchase day; ages without any order are left out), contribution, orders
            (with revenue > 0).
        """
        by_age = actuals.by_age(self._days, self._customers(as_of), as_of)
        return engines.to_frame(by_age, actuals.BY_AGE, [*customers.COHORT, "age_days"])

    def repeats_by_age(self, as_of: date) -> pd.DataFrame:
        """Return what all customers did at each age after their first day, summed.

        Returns
        -------
        DataFrame
            Sorted by age_days (1 is the day after the first purchase day; ages without any order
            are left out): age_days, purchase_days, revenue, contribution.
        """
        table = actuals.repeats_by_age(self._days, as_of)
        return engines.to_frame(table, actuals.REPEATS_BY_AGE, ["age_days"])

    def retention(self, as_of: date) -> pd.DataFrame:
        """Return the share of customers who buy, by 30-day month of age.

        Returns
        -------
        DataFrame
            Sorted by its first two columns: first_month, month (0 covers ages 0 to 29 and
            includes the first purchase), customers (whose whole month is observed), active (those
            with a purchase day in it), retention (active / customers).
        """
        customer_table = self._customers(as_of)
        oldest = engines.fetch(customer_table.age_days.max())
        months = 0 if pd.isna(oldest) else (int(oldest) + 1) // actuals.MONTH_DAYS
        if not months:
            empty = {name: pd.Series(dtype=kind) for name, kind in actuals.RETENTION.items()}
            return pd.DataFrame(empty)
        table = actuals.by_month_of_age(self._days, customer_table, as_of, months)
        return engines.to_frame(table, actuals.RETENTION, ["first_month", "month"])

    def first_year(self, as_of: date) -> dict[str, float]:
        """Return what customers did by age 365 days, of those who have reached it.

        Returns
        -------
        dict of str to float
            customers; repeat_share (with a purchase on a later day), orders_12m (purchase days per
            customer, the first included) and value_12m (contribution per customer, in currency).
            NaN where nobody is as old, or the log holds no money.
        """
        table = engines.fetch(actuals.first_year(self._days, self._customers(as_of), as_of))
        return {str(name): float(value) for name, value in table.astype(float).iloc[0].items()}

    def window(self, start: date, end: date) -> pd.DataFrame:
        """Return what customers acquired by `start` did in (start, end].

        Returns
        -------
        DataFrame
            Sorted by customer_id, one row per customer acquired on or before `start`, also those
            who did nothing: customer_id, purchase_days, revenue, contribution.
        """
        frame = engines.to_frame(
            actuals.in_window(self._days, start, end), actuals.WINDOW, ["customer_id"]
        )
        return frame.fillna({"revenue": 0.0, "contribution": 0.0}) if self.has_money else frame

    def cohorts(self, as_of: date) -> pd.DataFrame:
        """Return sizes and observed value of the brand's cohorts.

        Returns
        -------
        DataFrame
            Sorted by its first three columns: channel, first_product, first_month (a dimension
            that the brand's cohorts leave out reads "All"), customers, customers_90d (age >= 90
            days), retained_90d (those of them with a repeat day within 90 days),
            value_90d_observed (mean contribution to day 90 of customers that reached it),
            value_12m_observed (the same to day 365; NaN where nobody reached it), age_days
            (mean).
        """
        cohorts = actuals.by_cohort(self._customers(as_of), self.cohorts_by)
        return engines.to_frame(cohorts, actuals.COHORTS, [*customers.COHORT])

    def regular_buyers(self, as_of: date) -> tuple[int, int]:
        """Return how many customers bought on five days or more, and how many of them regularly.

        Regular means intervals whose standard deviation is below 30% of their mean, as with a
        subscription. Of buyers at random about 5% look so by chance.
        """
        table = actuals.regularity(self._days, as_of, gaps=4, variation=0.3)
        row = engines.fetch(table).iloc[0]
        return int(row["frequent"]), int(row["regular"])

    def _keep(self, table: ir.Table, name: str) -> ir.Table:
        return engines.keep(self._connection, table, name)

    def _customers(self, as_of: date) -> ir.Table:
        """Return the customer table of an as-of date, computed once."""
        if as_of not in self._tables:
            days = self._days.filter(self._days.day <= ibis.date(as_of))
            has_products = bool(engines.fetch(days["product"].count()))
            table = customers.customer_table(days, as_of)
            named = customers.named_products(table, top=self.top, has_products=has_products)
            self._tables[as_of] = self._keep(named, "customers")
        return self._tables[as_of]
