"""What a policy promises about a ticket: which clocks start, pause, change and end as its events are applied."""

from __future__ import annotations

from collections.abc import Callable

from monitor import announced, clocks, exclusions, terms
from monitor.calendars import Calendar
from monitor.policies import ObjectiveRule, Policy, PolicyBook
from monitor.stretches import COUNTED, EXCLUDED, resolved_time, stretches
from monitor.tickets import (
    CANCELLED,
    COUNTING,
    FIRST_RESPONSE,
    FROM_NOW,
    HANDOFF,
    HOLDING,
    OBJECTIVES,
    OPEN,
    RESOLUTION,
    RETROACTIVE,
    STOPPED,
    Clock,
    Term,
    Ticket,
)
from schemas.instants import Micros
from schemas.reasons import PROMISED_NO_MORE, Reason


def never_silent(_source: str | None, _at: Micros) -> bool:
    """Of no source it is said that it was silent (S39)."""
    return False


class Promises:
    """Starts and changes a ticket's clocks by a policy book; holds no state of its own.

    `is_silent` says whether a ticket's source was silent at an instant, for the doubt about a breach (S39).
    """

    def __init__(
        self, book: PolicyBook, is_silent: Callable[[str | None, Micros], bool] = never_silent
    ) -> None:
        self.book = book
        self._is_silent = is_silent

    def policy_of(self, ticket: Ticket) -> Policy | None:
        """The policy that judges the ticket now."""
        return None if ticket.policy < 0 else self.book.policy(*ticket.citations[ticket.policy])

    def rule_of(self, ticket: Ticket, clock: Clock) -> ObjectiveRule:
        """The rule that judges one clock; it may be of an older policy than the ticket's."""
        return self.rule_by(ticket, clock, clock.policy)

    def rule_by(self, ticket: Ticket, clock: Clock, citation: int) -> ObjectiveRule:
        """The rule of a clock by the policy with this number among the ticket's citations."""
        policy = self.book.policy(*ticket.citations[citation])
        if clock.objective == HANDOFF:
            return policy.handoffs[clock.tier]
        return policy.objectives[OBJECTIVES[clock.objective]]

    def calendar_of(self, ticket: Ticket, clock: Clock) -> Calendar:
        """The calendar that one clock counts on."""
        return self.rule_of(ticket, clock).calendar_for(clock.priority)

    def match(self, ticket: Ticket, at: Micros) -> None:
        """Makes the first matching policy the ticket's own (S23), starting and changing no clock."""
        policy = self.book.match(at, ticket)
        if policy is None:
            ticket.policy = -1
            return
        citation = (policy.version, policy.name)
        if citation not in ticket.citations:
            ticket.citations.append(citation)
        ticket.policy = ticket.citations.index(citation)

    def start(self, ticket: Ticket, objective: int, at: Micros) -> Clock | None:
        """Starts the next cycle of an objective, if the policy promises it for this ticket."""
        rule = self._promised(ticket, objective)
        target = None if rule is None else rule.target_for(ticket.priority)
        if rule is None or target is None:
            return None
        calendar = rule.calendar_for(ticket.priority)
        cycle = ticket.cycles[objective] = ticket.cycles[objective] + 1
        clock = Clock(
            objective=objective,
            cycle=cycle,
            tier=ticket.tier if objective == HANDOFF else 0,
            policy=ticket.policy,
            priority=ticket.priority,
            started=at,
            target=target.amount(calendar, at),
            mark=at,
        )
        if ticket.ghosts:
            announced.begin_anew(ticket, clock)
        ticket.clocks.append(clock)
        self._take_due(ticket, clock, calendar)
        if not clock.due_from_source and self._on_hold(ticket, rule):
            clock.mode = HOLDING
        clocks.plan(clock, calendar, rule)
        return clock

    def live(self, ticket: Ticket, objective: int) -> Clock | None:
        """The clock of an objective that has not stopped."""
        for clock in reversed(ticket.clocks):
            if clock.mode != STOPPED and clock.objective == objective:  # as `live`, but no call
                return clock
        return None

    def stop(self, ticket: Ticket, objective: int, at: Micros, reason: Reason) -> None:
        """Stops the live clock of an objective, if there is one."""
        clock = self.live(ticket, objective)
        if clock is not None:
            calendar = self.calendar_of(ticket, clock)
            clocks.stop(clock, calendar, at, reason, ticket)
            self._take_out(ticket, clock, at)

    def cancel_all(self, ticket: Ticket, at: Micros, reason: Reason) -> None:
        """Ends every live clock without a verdict (S24)."""
        for clock in ticket.clocks:
            if clock.live:
                clocks.cancel(clock, self.calendar_of(ticket, clock), at, reason, ticket)
                self._take_out(ticket, clock, at)

    def pause_or_count(self, ticket: Ticket, at: Micros) -> None:
        """Lets each live clock pause or count, as the open holds and its rule say (S15)."""
        for clock in ticket.clocks:
            if clock.mode == STOPPED or clock.due_from_source:
                continue
            rule = self.rule_of(ticket, clock)
            mode = HOLDING if self._on_hold(ticket, rule) else COUNTING
            if mode != clock.mode:
                calendar = rule.calendar_for(clock.priority)
                clocks.switch(clock, calendar, at, mode)
                clocks.plan(clock, calendar, rule)

    def merge(self, ticket: Ticket) -> None:
        """Lets each clock know what it had counted by `merged_to`, from where on alone it can be counted again (S38)."""
        for clock in ticket.clocks:
            if clock.started >= ticket.merged_to:
                continue
            until = max(clock.mark, ticket.latest[0]) if clock.stopped is None else clock.stopped
            calendar = self.calendar_of(ticket, clock)
            spans = stretches(ticket, clock, self.rule_by, until)
            counted = sum(of.open_time for of in spans if of.kind == COUNTED)
            paused = sum(of.open_time for of in spans if of.paused)
            clock.merged_counted = clocks.counted_at(clock, calendar, until) - counted
            clock.merged_paused = clocks.paused_at(clock, calendar, until) - paused

    def plan_all(self, ticket: Ticket) -> None:
        """Finds the next instant of every live clock again, after what was announced has changed."""
        for clock in ticket.clocks:
            if clock.live:
                rule = self.rule_of(ticket, clock)
                clocks.plan(clock, rule.calendar_for(clock.priority), rule)

    def breach_due(self, ticket: Ticket, before: Micros) -> None:
        """Records the breach of every clock whose deadline lies before an instant."""
        for clock in ticket.clocks:
            if clock.next >= before:  # never later than the deadline: the fast answer for nearly all events
                continue
            if clock.outcome == OPEN and clock.due is not None and clock.due < before:
                # A source may promise a time that had passed when it was promised.
                at = max(clock.due, clock.mark) if clock.due_from_source else clock.due
                self._breach(ticket, clock, at, Reason.DEADLINE)
                clock.doubtful = self._is_silent(ticket.source, at)

    def _breach(self, ticket: Ticket, clock: Clock, at: Micros, reason: Reason) -> None:
        calendar = self.calendar_of(ticket, clock)
        clocks.breach(clock, calendar, at, reason, ticket)
        ticket.settled_to = max(ticket.settled_to, at)

    def reopen(self, ticket: Ticket, resolved: Micros, at: Micros) -> None:
        """Continues, renews or leaves the resolution clock when a ticket is reopened (S19)."""
        last = self._last(ticket, RESOLUTION)
        if last is None or last.outcome == CANCELLED:
            self._start_if_missing(ticket, RESOLUTION, at)  # it may be promised again
            return
        rule = self.rule_of(ticket, last)
        calendar = rule.calendar_for(last.priority)
        within = rule.reopen_within.amount(calendar, resolved)
        if rule.reopen == "new_cycle" or at > calendar.add_open(resolved, within):
            self.start(ticket, RESOLUTION, at)
        elif rule.reopen == "continue" and last.stop_reason not in PROMISED_NO_MORE:
            clocks.resume_after_gap(last, at)
            if last.due_from_source and last.due is not None and last.outcome == OPEN:
                terms.retarget(last, last.counted + calendar.open_between(at, last.due))
            clocks.plan(last, calendar, rule)
            if last.outcome == OPEN and ticket.due.get(last.name, last.due) != last.due:
                self._come_under_due(ticket, last, at)  # promised while it was resolved
            self._follow(ticket, at)  # what changed while it was resolved
            self.pause_or_count(ticket, at)  # an exclusion may be on (S26)

    def change(self, ticket: Ticket, priority: str, at: Micros) -> None:
        """Applies a change of priority, customer or policy to the running clocks (S20, S21).

        The ticket has the new attributes already; `priority` is the one it had.
        """
        before = (ticket.policy, priority)
        self.match(ticket, at)
        excluded = self.exclude(ticket, at)
        self._follow(ticket, at)
        if before != (ticket.policy, ticket.priority):
            self._start_missing(ticket, at)
        if excluded:
            self.pause_or_count(ticket, at)

    def turn(self, ticket: Ticket, at: Micros) -> bool:
        """Lets a ticket follow a turn of the policy book: other policies (S20-S22), an exclusion (S26).

        Says whether that changed anything.
        """
        if ticket.ended:
            return False
        former, past_moved = ticket.policy, False
        if self.book.is_switch(at):
            self.match(ticket, at)
            past_moved = exclusions.take_over(
                ticket, self.book.exclusions_before(at), self.book.exclusions_at(at), at
            )
        excluded = self.exclude(ticket, at)
        if former != ticket.policy:
            self._follow(ticket, at, past_moved=past_moved)
            self._start_missing(ticket, at)
        if excluded or past_moved:
            self.pause_or_count(ticket, at)
        return excluded or past_moved or former != ticket.policy

    def exclude(self, ticket: Ticket, at: Micros) -> bool:
        """Begins and ends what is excluded as of an instant (S26); says whether anything changed."""
        return exclusions.follow(ticket, self.book.exclusions_at(at), at)

    def _follow(self, ticket: Ticket, at: Micros, *, past_moved: bool = False) -> None:
        """Makes the live clocks follow the ticket's policy and priority."""
        policy = self.policy_of(ticket)
        now = (ticket.policy, ticket.priority)
        for clock in ticket.clocks:
            if clock.live and (clock.policy, clock.priority) != now:
                self._change_clock(ticket, clock, policy, at, past_moved=past_moved)

    def promise_due(self, ticket: Ticket, at: Micros) -> None:
        """Applies times promised by the source to the live clocks of their objectives (S18)."""
        for clock in ticket.clocks:
            if clock.live and clock.outcome == OPEN and OBJECTIVES[clock.objective] in ticket.due:
                self._come_under_due(ticket, clock, at)

    def _come_under_due(self, ticket: Ticket, clock: Clock, at: Micros) -> None:
        rule = self._promised(ticket, clock.objective, clock.tier)
        if rule is None or rule.target_for(ticket.priority) is None:
            return  # promised no more: to follow the policy ends it
        before = clock.target
        self._take_due(ticket, clock, rule.calendar_for(ticket.priority))
        if clock.due_from_source:
            promised, clock.target = clock.target, before
            terms.come_under(clock, ticket, at, RETROACTIVE, promised)
            self._recount(ticket, clock, at)
            clock.mode = COUNTING
            self._replan(ticket, clock, rule, at)

    def _change_clock(
        self, ticket: Ticket, clock: Clock, policy: Policy | None, at: Micros, *, past_moved: bool
    ) -> None:
        rule = self._promised(ticket, clock.objective, clock.tier) if policy else None
        target = None if rule is None else rule.target_for(ticket.priority)
        former = self.rule_of(ticket, clock)
        old = former.calendar_for(clock.priority)
        if rule is None or target is None:
            reason = Reason.OBJECTIVE_GONE if policy else Reason.POLICY_GONE
            clocks.cancel(clock, old, at, reason, ticket)
            self._take_out(ticket, clock, at)
            return
        if clock.outcome != OPEN:  # a breach already recorded stays
            return
        calendar = rule.calendar_for(ticket.priority)
        if not past_moved and terms.same_promise(clock, former, rule, ticket.priority):
            terms.cite(clock, ticket, at)
            clocks.plan(clock, calendar, rule)  # it may warn at other shares
            return
        past = None
        if rule.on_change == "from_now":
            left = max(0, clock.target - clocks.counted_at(clock, old, at))
            clocks.switch(clock, old, at, clock.mode)
            # The share of the old target that was left is left of the new one.
            amount, whole = target.amount(calendar, at), clock.scaled_to or clock.target
            goal = clock.counted + (left * amount // whole if whole else amount)
            if clock.due_from_source and clock.due is not None:
                goal = clock.counted + calendar.open_between(at, clock.due)
            terms.come_under(clock, ticket, at, FROM_NOW, goal)
            clock.scaled_to = amount
        else:
            goal = (
                self._until_due(ticket, clock, calendar)
                if clock.due_from_source
                else target.amount(calendar, clock.started)
            )
            terms.come_under(clock, ticket, at, RETROACTIVE, goal)
            past = self._recount(ticket, clock, at)
        clock.mode = HOLDING if self._on_hold(ticket, rule) and not clock.due_from_source else COUNTING
        self._replan(ticket, clock, rule, at, past)

    def _replan(
        self, ticket: Ticket, clock: Clock, rule: ObjectiveRule, at: Micros, past: Micros | None = None
    ) -> None:
        """Finds the new deadline; one that has passed is breached as of the change (S20), on hold or not."""
        clocks.plan(clock, rule.calendar_for(clock.priority), rule)
        if clock.due_from_source:
            past = clock.due
        if past is not None and past < at:
            clock.due = past
            self._breach(ticket, clock, at, Reason.ON_CHANGE)

    def _recount(self, ticket: Ticket, clock: Clock, at: Micros) -> Micros | None:
        """Counts a clock again, from its start or from what is merged, on another calendar and with other pauses.

        Returns the instant at which its target was used up, if it went on counting after that.
        """
        clock.counted, clock.paused = clock.merged_counted, clock.merged_paused
        past = ticket.merged_to if clock.target < clock.counted else None
        for stretch in stretches(ticket, clock, self.rule_by, at):
            span = stretch.open_time
            if stretch.kind == COUNTED:
                if past is None and clock.target - clock.counted <= span:
                    due = stretch.calendar.add_open(stretch.since, clock.target - clock.counted)
                    past = due if due < stretch.to else None
                clock.counted += span
            elif stretch.paused:
                clock.paused += span
        clock.mark = at
        return past

    def _take_out(self, ticket: Ticket, clock: Clock, at: Micros) -> None:
        """Notes what exclusions took out of a clock that ends (S26)."""
        if not ticket.excluded:
            return
        spans = [of for of in stretches(ticket, clock, self.rule_by, at) if of.kind == EXCLUDED]
        clock.excluded = sum(of.open_time for of in spans)
        clock.excluded_wall = sum(of.to - of.since for of in spans)

    def _start_missing(self, ticket: Ticket, at: Micros) -> None:
        """Starts what another policy promises and the former one did not."""
        if ticket.policy < 0 or ticket.resolved is not None:
            return
        for objective in (FIRST_RESPONSE, RESOLUTION, HANDOFF):
            if objective != FIRST_RESPONSE or ticket.responded is None:
                self._start_if_missing(ticket, objective, at)

    def _start_if_missing(self, ticket: Ticket, objective: int, at: Micros) -> None:
        if self.live(ticket, objective) is not None or self._judged(ticket, objective):
            return
        rule = self._promised(ticket, objective)
        retroactive = rule is not None and rule.on_change == "retroactive" and objective != HANDOFF
        clock = self.start(ticket, objective, ticket.created or at if retroactive else at)
        if clock is not None and rule is not None and clock.started < at:
            clock.terms = [Term(at, RETROACTIVE, clock.policy, clock.priority, clock.target)]
            past = self._recount(ticket, clock, at)
            self._replan(ticket, clock, rule, at, past)

    def _judged(self, ticket: Ticket, objective: int) -> bool:
        """Whether the objective has a verdict already, which a change leaves as it is."""
        last = self._last(ticket, objective)
        return objective != HANDOFF and last is not None and last.settled

    def _last(self, ticket: Ticket, objective: int) -> Clock | None:
        """The latest cycle of an objective; it is never packed."""
        cycles = [clock for clock in ticket.clocks if clock.objective == objective]
        return max(cycles, key=lambda clock: clock.cycle, default=None)

    def _promised(self, ticket: Ticket, objective: int, tier: int = 0) -> ObjectiveRule | None:
        policy = self.policy_of(ticket)
        if policy is None:
            return None
        if objective == HANDOFF:
            return policy.handoffs.get(tier or ticket.tier)
        return policy.objectives.get(OBJECTIVES[objective])

    def _on_hold(self, ticket: Ticket, rule: ObjectiveRule) -> bool:
        return any(hold.to is None and rule.pauses(hold.reason) for hold in ticket.holds) or any(
            span.to is None and span.gone is None for span in ticket.excluded
        )

    def _take_due(self, ticket: Ticket, clock: Clock, calendar: Calendar) -> None:
        """Takes over the time that the source promised; a later cycle only if it still lies ahead (S18)."""
        due = ticket.due.get(OBJECTIVES[clock.objective])
        if due is None or (clock.cycle > 1 and due < clock.started):
            return
        clock.due = due
        clock.due_from_source = True
        clock.target = self._until_due(ticket, clock, calendar)

    def _until_due(self, ticket: Ticket, clock: Clock, calendar: Calendar) -> Micros:
        """The open time that a clock has up to the time that the source promised: what was resolved is none (S19)."""
        assert clock.due is not None  # noqa: S101 - a clock that the source promised has one
        return (
            clock.merged_counted
            + calendar.open_between(max(clock.started, ticket.merged_to), clock.due)
            - resolved_time(ticket, clock, calendar, clock.due)
        )
