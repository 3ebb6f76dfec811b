"""The errors people meet; each is named after what went wrong and says who must act.

SlaMonitorError
  PolicyError            the author of the policy file
  CalendarError          the author of the policy file
  BrokerUnreachable      whoever runs Kafka or set the address
  TopicsMissing          whoever installs: `sla-monitor topics create`
  DeadLetterLimit        the owner of the source system
  Fenced                 nobody: another worker owns the partition now
  StateUnreadable        whoever upgraded or restored the state topic
"""

from __future__ import annotations


class SlaMonitorError(Exception):
    """Any error of ours; `str()` of it is the message for a person."""


class PolicyError(SlaMonitorError, ValueError):
    """A policy file that cannot be used: names the file, the line and the key."""


class CalendarError(PolicyError):
    """A calendar that cannot be used: names the key of its entry."""


class BrokerUnreachable(SlaMonitorError):
    """No broker answers at the configured address."""


class TopicsMissing(SlaMonitorError):
    """Topics that must exist do not, or differ from what is needed."""


class DeadLetterLimit(SlaMonitorError):
    """So many records fail that stopping is safer than setting them all aside."""


class Fenced(SlaMonitorError):
    """Another process took over this partition: what this one still holds must not be written."""


class StateUnreadable(SlaMonitorError):
    """A row of the state topic that this version cannot read."""
