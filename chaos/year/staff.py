"""What people do: they take cars in and hand them over, call whom they are to call, solve cases, go away and come back, sign reports."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from random import Random
from zoneinfo import ZoneInfo

from sqlalchemy import select

from aftersales import (
    absences,
    bringing,
    calls,
    due_lists,
    extra_work,
    files,
    resolving,
    standing_in,
    summaries,
    work_orders,
)
from aftersales.bringing import Errand
from aftersales.calls import Said
from aftersales.extra_work import Found
from aftersales.models import Case, CustomerFile, ExtraWork, FollowUp, Summary
from chaos.year import world
from chaos.year.house import SUPERVISOR, House
from chaos.year.world import Away, Job, Owner
from core import clock
from core.db import ScopedSession
from core.models import Tenant
from customers import calling_hours

WHO, WORKSHOP = "s0@example.com", "workshop:year"
# how many of what is due somebody gets to in a session
MOST = 15
LETTER = {"subject": "Your complaint", "paragraphs": ["Dear {{ name }}, this is what we found."]}


@dataclass(frozen=True)
class Told:
    """One call a member of staff made, as they remember it: who, whom for, when and how it went."""

    staff: int
    owner: int
    at: datetime
    outcome: str


@dataclass
class Diary:
    """What people did, kept by themselves: the witness of what the exchange did not carry."""

    calls: list[Told] = field(default_factory=list)
    delivered: list[str] = field(default_factory=list)
    letters: int = 0
    signed: dict[str, dict[str, object]] = field(default_factory=dict)


@dataclass
class People:
    """Everybody who works in the workshop; what they do is decided by *luck*."""

    house: House
    luck: Random
    diary: Diary = field(default_factory=Diary)

    def takes_in(self, job: Job) -> None:
        """A car is brought, and checked."""
        with self.house.session() as session:
            order = work_orders.open_order(
                session, _tenant(session), number=job.number, customer_id=job.owner.number + 1, kind=job.kind,
                promised_at=job.promised, currency="EUR", origin=WORKSHOP, who=WORKSHOP,
            )  # fmt: skip
            work_orders.advance(session, _tenant(session), order, "intake", WORKSHOP)
            work_orders.advance(session, _tenant(session), order, "workshop", WORKSHOP)
            if job.extra:
                found = Found("Wiper blades", 3_900, clock.now() + timedelta(hours=30))
                extra_work.ask(session, _tenant(session), order, found, WORKSHOP)

    def has_ready(self, job: Job) -> None:
        """The work is done, or given up."""
        with self.house.session() as session:
            order = work_orders.by_number(session, 1, job.number)
            to = "cancelled" if job.is_cancelled else "ready"
            work_orders.advance(session, _tenant(session), order, to, WORKSHOP)

    def says_later(self, job: Job) -> None:
        """Parts are late, and the customer is given another date."""
        with self.house.session() as session:
            order = work_orders.by_number(session, 1, job.number)
            work_orders.promise(session, _tenant(session), order, job.ready, WHO)

    def hands_over(self, job: Job) -> None:
        """The customer fetches the car."""
        with self.house.session() as session:
            order = work_orders.by_number(session, 1, job.number)
            if order.state != "cancelled":
                work_orders.advance(session, _tenant(session), order, "delivered", WORKSHOP)
                self.diary.delivered.append(job.number)

    def rings(self, owner: Owner, keys: str) -> None:
        """A customer rings the hotline."""
        more = {} if keys else {"HangUpAfter": 1}
        self.house.exchange.call(owner.address, world.VOICE, keys, **more)

    def goes_away(self, away: Away) -> None:
        """The supervisor enters an absence."""
        with self.house.session() as session:
            tenant = _tenant(session)
            starts_at, ends_at = absences.span(tenant, away.first, away.last)
            absences.enter(
                session, tenant, staff_id=away.staff + 2, starts_at=starts_at, ends_at=ends_at,
                delegate_id=None if away.stands_in is None else away.stands_in + 2, who=WHO,
            )  # fmt: skip

    def work(self) -> None:
        """A session at the desk: everybody who is there does some of what is in their hands."""
        with self.house.runtime.database.reading(1) as session:
            acting = standing_in.acting(session, clock.now())
        for staff_id in range(1, self.house.world.agents + 2):
            if staff_id in acting.by:
                continue
            hands = acting.whose(staff_id)
            self._files(hands)
            self._calls(staff_id, hands)
            self._cases(staff_id, hands)

    def reports(self) -> None:
        """The supervisor words and signs what was drafted."""
        with self.house.session() as session:
            for one in session.scalars(select(Summary).where(Summary.state == "draft")):
                summaries.edit(session, _tenant(session), one, "As the figures say.", None, WHO)
                summaries.sign(session, _tenant(session), one, b"%PDF", WHO)
                self.diary.signed[one.period] = one.figures

    def _files(self, hands: list[int]) -> None:
        with self.house.session() as session:
            mine = select(CustomerFile).where(CustomerFile.state == "open", CustomerFile.owner_id.in_(hands))
            for file in session.scalars(mine.order_by(CustomerFile.id)):
                if self.luck.random() < 0.6:
                    files.complete(
                        session, _tenant(session), file, next_topic="Service", next_contact_at=clock.now() + timedelta(days=90), who=WHO
                    )  # fmt: skip

    def _calls(self, staff_id: int, hands: list[int]) -> None:
        with self.house.session() as session:
            today = clock.now().astimezone(ZoneInfo(world.ZONE)).date()
            for row in due_lists.follow_ups(session, "due", today, owner_ids=hands, limit=MOST):
                hours = calling_hours.of_customer(
                    session, _tenant(session), row.follow_up.customer_id, clock.now()
                )
                if hours.opens(clock.now()) == clock.now():
                    self._call(session, staff_id, row.follow_up)

    def _call(self, session: ScopedSession, staff_id: int, follow_up: FollowUp) -> None:
        outcome = self.luck.choices(("reached", "no_answer", "busy", "refused"), (70, 20, 8, 2))[0]
        demand = self.luck.choices(("none", "demand", "wish", "complaint"), (86, 5, 4, 5))[0]
        score = self.luck.choices((1, 2, 3, 4, 5, None), (3, 4, 8, 30, 45, 10))[0]
        if outcome != "reached":
            said = Said(outcome=outcome)
        else:
            # who does not want to rate us has not had that part of the call
            blocks = {"first": ("usage",) if score else (), "second": ("tips", "services")}
            said = Said(
                points="Runs well." if demand == "none" else "Something rattles.", demand=demand,
                reply="" if demand == "none" else self.luck.choice(("answered", "pending")),
                satisfaction=score, blocks=blocks.get(follow_up.step, ()),
            )  # fmt: skip
        owner = self.house.world.owners[follow_up.customer_id - 1]
        calls.record(
            session, _tenant(session), said, direction="out", who=f"s{staff_id - 1}@example.com",
            customer_id=follow_up.customer_id, address=owner.address, agent_id=staff_id, follow_up=follow_up,
        )  # fmt: skip
        self.diary.calls.append(Told(staff_id, owner.number, clock.now(), outcome))
        if follow_up.work_order_id and outcome == "reached":
            self._asks(session, follow_up)

    def _asks(self, session: ScopedSession, follow_up: FollowUp) -> None:
        """Extra work that no line got an answer to is settled in the same call."""
        mine = ExtraWork.work_order_id == follow_up.work_order_id
        for extra in session.scalars(select(ExtraWork).where(mine, ExtraWork.state == "unanswered")):
            extra_work.answer(session, extra, self.luck.random() < 0.7, "said so on the telephone", WHO)

    def _cases(self, staff_id: int, hands: list[int]) -> None:
        """Cases are solved after a day or two, some only once a supervisor has them; who was told is satisfied, or is not."""
        with self.house.session() as session:
            tenant = _tenant(session)
            mine = Case.owner_id.in_(hands) | (Case.escalated_at.is_not(None) & (staff_id == SUPERVISOR))
            for case in session.scalars(select(Case).where(Case.state != "closed", mine).order_by(Case.id)):
                if case.state == "open" and self.luck.random() < (0.9 if case.escalated_at else 0.25):
                    resolving.solve(session, tenant, case, "We have mended it.", WHO)
                    self._writes(session, tenant, case)
                elif case.state == "solved" and case.customer_id is None:
                    resolving.tell(session, case, WHO)
                elif case.state == "told" and self.luck.random() < 0.9:
                    resolving.close(session, case, WHO)
                elif case.state == "told":
                    resolving.reopen(session, tenant, case, "It still rattles.", WHO)

    def _writes(self, session: ScopedSession, tenant: Tenant, case: Case) -> None:
        """Who has a fax machine also gets the answer in writing."""
        if case.customer_id is None or not self.house.world.owners[case.customer_id - 1].fax:
            return
        errand = Errand(
            f"reply:{case.id}:{len(self.diary.calls)}"[:40], "transactional", case.customer_id, {}, clock.now(), clock.now() + timedelta(days=2)
        )  # fmt: skip
        texts = {
            "texts": {"en": LETTER},
            "variables": {
                "company": "Lakeside",
                "company_phone": world.VOICE,
                "opt_out_phone": world.VOICE,
                "opt_out_fax": world.FAX,
            },
            "about": {"case": case.id},
        }
        bringing.bring(session, tenant, errand, "fax", texts)
        self.diary.letters += 1


def _tenant(session: ScopedSession) -> Tenant:
    return session.get_one(Tenant, 1)
