# ruff: noqa: E501 - one line a case
"""Verdicts that a second reader worked out from the published rules alone, without the judges.

Each line: what happened, the lane, what its terms say otherwise, what went otherwise on the way
(notation and standard journeys: spoken_items.py), the verdict between the posts (outcome and
reason; days late, excused, liable; shares in per cent), the verdict towards the sender (outcome,
days liable), and why.

`EMA=` is another acceptance, `quote=` the reason why the network guaranteed no date.

Terms: `customs=extend` between the posts, `sender.customs=extend` what the origin publishes,
`+refused/clips/EMH:9` a row of the catalogue between the posts. Otherwise the small world's terms
hold (worlds.py): attempts for the reasons 1, 2 and 3 and pick-up points stop the clock, customs is
`step`, no tolerance, and the US post subtracts towards its senders. The promise is Wednesday
4 November from Korea to Japan (delivery every day), Thursday the 5th from Korea to New York, Friday
the 13th from Los Angeles to Korea. All of it is synthetic.
"""

from __future__ import annotations

from dataclasses import replace
from functools import lru_cache

import pytest
from judged_items import World, judged, rows
from spoken_items import local, spoken
from test_named_verdicts import told_between, told_slowly

from slow_declared import Case
from slow_replay import Item
from worlds import SMALL, with_rows

#: As most posts have it, on both sides.
CATALOGUE = "scope,origin,destination,exclusion,mode,evidence,valid_from,valid_to,source\n" + "".join(
    f"{scope},*,*,{row},,,test\n"
    for scope in ("relation", "sender")
    for row in (
        "customs,clips,hold",
        "force_majeure,clips,case",
        "authority_stop,excludes,EXX EDX",
        "tolerance,clips,claim",
    )
)  # fmt: skip

# what happened | lane | terms | otherwise | between the posts | sender | why
CASES = """
kept a day for no valid reason, then a day for a valid one     | KR>JP |                                          | EME?=03T16:00 EME=04T16:00 EDC..+2d                     | late_liable 2 1 1 import=100                    | late_liable 1  | only the second hold stops the clock
waiting to be shown for two days, then kept for an hour        | KR>JP |                                          | EME?=03T16:00 EDB=05T16:00 EME=05T16:10 EDC..+2d        | late_liable 2 0 2 import=100                    | late_liable 2  | waiting to be shown stops no clock, and the hold itself moved nothing
a reason that counts comes within the same clearance           | KR>JP |                                          | EME?=03T16:10 EME=03T17:00 EDC..+2d                     | late_excused(customs) 2 2 0                     | late_excused 0 | it was still on its standard way when the hold began
subtract, the first reason not valid                           | KR>JP | customs=subtract                         | EME?=03T16:10 EME=04T17:00 EDC..+2d                     | late_liable 2 1 1 import=100                    | late_liable 2  | from the 4th to the 5th; by steps nothing, the clearing of the 4th had been missed before
two days kept, one late: no more is excused than was late      | KR>JP | customs=subtract                         | promised=05 EME=03T16:00 EDC..+2d                       | late_excused(customs) 1 1 0                     | late_excused 0 | X is at most the delay
subtract counts delivery days: Veterans Day is none            | KR>US | customs=subtract                         | promised=12 EMD..+6d EME=10T16:00 EDC..+2d EMI=14T15:00 | late_liable 2 1 1 transport=83.3333 delivery=16.6667 | late_liable 1 | kept from the 10th to the 12th: one delivery day; the slack of five days is nobody's, so 5 to 1
extend: three days kept, two at most                           | KR>JP | customs=extend customs_days=2            | EME=03T16:00 EDC..+3d                                   | late_liable 3 2 1 import=100                    | late_excused 0 | customs_days caps; towards the sender the whole step goes
extend: fewer days kept than the cap                           | KR>JP | customs=extend customs_days=5            | EME=03T16:00 EDC..+1d EMI=06T15:00                      | late_liable 2 1 1 delivery=100                  | late_liable 1  | a day for each day held
extend: over a weekend, business days                          | US>KR | customs=extend customs_days=5            | EDB=12T06:30 EME=12T07:00 EDC=16T11:00 EMF=16T13:00 EMG=17T06:00 EMI=17T15:00 | late_excused(customs) 2 2 0 | late_excused 0 | Friday and Monday
extend: over a weekend, capped at one                          | US>KR | customs=extend customs_days=1            | EDB=12T06:30 EME=12T07:00 EDC=16T11:00 EMF=16T13:00 EMG=17T06:00 EMI=17T15:00 | late_liable 2 1 1 import=100 | late_excused 0 | the rest of the hold is the holder's
exclude: a hold that cost nothing frees the item all the same  | KR>JP | customs=exclude                          | EME=03T16:00 EMI=07T15:00                               | late_excused(customs) 3 3 0                     | late_liable 3  | everything under exclude; the sender's step is nought
deemed delivered: never released, never delivered              | KR>JP | customs=deemed_delivered                 | EME=03T16:30 EDC- EMF- EMG- EMI- as_of=30T00:00         | on_time -1 0 0                                  | lost 0         | the clock stopped at the hold, closed or not; towards the sender it is silent for three weeks
deemed delivered: the hold itself comes a day late             | KR>JP | customs=deemed_delivered                 | EMD..+2d EME=05T16:00                                   | late_liable 1 0 1 transport=100                 | late_liable 2  | due the 6th when it landed, stopped on the 5th: the day won back is the destination's
deemed delivered: no valid reason                              | KR>JP | customs=deemed_delivered                 | EME?=03T16:00 EDC..+1d                                  | late_liable 1 0 1 import=100                    | late_liable 1  | such a hold stops nothing
deemed delivered towards the sender alone                      | KR>JP | sender.customs=deemed_delivered          | EME=03T16:00 EDC..+2d                                   | late_excused(customs) 2 2 0                     | on_time 0      | one staircase, cut where each clock stopped
shown on the 3rd, kept only on the 5th                         | KR>JP |                                          | EME=05T10:00 EDC..+2d                                   | late_liable 2 0 2 import=100                    | late_liable 2  | reading A: only EME stops the clock, and by then it was due the 6th
shown on the 3rd, kept on the 4th, subtract                    | KR>JP | customs=subtract                         | EME=04T10:00 EDC..+2d                                   | late_liable 2 1 1 import=100                    | late_liable 1  | reading A: from the 4th to the 5th
a day lost before the hold, one won back after it              | KR>JP |                                          | EMD..+1d EDB..+1d EME=05T16:10 EDC..+1d EMF- EMG- EMI=06T22:00 | late_liable 2 1 1 transport=50 import=50 | late_liable 1 | reading B: customs had it in between, so the day won back is of another custody
two days lost in export, won back in the air, one at the door  | KR>US |                                          | EMC=04T12:00 EMI=06T15:00                               | late_liable 1 0 1 export=66.6667 delivery=33.3333 | late_liable 1 | reading C: Wednesday's flight had left, Friday's makes it Monday; the carrier is a custody of its own, whoever contracted it
subtract: the usual night in customs, declared a hold          | US>KR | customs=subtract                         | EME=11T23:40 EMI=16T15:00                               | late_excused(customs) 1 1 0                     | late_excused 0 | reading D: a day was held, though it moved nothing
extend: over a weekend, two days late at the door              | US>KR | customs=extend customs_days=5            | EDB=12T06:30 EME=12T07:00 EDC=16T11:00 EMF=16T13:00 EMG=17T06:00 EMI=19T15:00 | late_excused(customs) 4 4 0 | late_liable 2 | reading E: a business day for each of four days held, the weekend's too
tried before it had arrived                                    | KR>JP |                                          | EMH=03T10:00                                            | on_time -1 0 0                                  | on_time 0      | reading F: where the clock stopped outweighs earlier scans
kept before it had arrived                                     | KR>JP |                                          | EME=03T10:00 EDC..+1d                                   | late_excused(customs) 1 1 0                     | late_excused 0 | reading F: the later handover outweighs the arrival
the catalogue makes it an attempt, attempts stop nothing       | KR>JP | attempt_stops=no +refused/attempt/EMH:9  | EMH?=04T10:00 EMI=05T15:00                              | late_liable 1 0 1 delivery=100                  | late_liable 1  | reading G: mode attempt says that it counts as one, the term whether one stops the clock
stopped by an authority when two days late                     | KR>JP |                                          | EDX=06T10:00 EMI- as_of=20T00:00                        | late_excused(stopped_by_authority) 0 0 0        | late_excused 0 | reading H: it never came, and nobody can say how late it would have been
both close it: it ends with EDC                                | KR>JP | clock_stop_closing=both                  | EME=03T16:10 EDC=04T19:00 EMF=05T22:00 EMG=06T07:00 EMI=06T15:00 | late_liable 2 1 1 import=100           | late_liable 1  | reading I: EMF proves that it was given back, and EDC says when
kept a day, given back, kept another day                       | KR>JP |                                          | EME=03T16:10 EDC=04T19:00 EME=04T20:00 EDC+=05T19:00 EMF=05T22:00 EMG=06T07:00 EMI=06T15:00 | late_excused(customs) 2 2 0 | late_excused 0 | two holds, each with its reason and its closing, a day each
the second time for no valid reason                            | KR>JP |                                          | EME=03T16:10 EDC=04T19:00 EME?=04T20:00 EDC+=05T19:00 EMF=05T22:00 EMG=06T07:00 EMI=06T15:00 | late_liable 2 1 1 import=100 | late_liable 1 | the reason of the first hold is not that of the second
the first time for no valid reason                             | KR>JP |                                          | EME?=03T16:10 EDC=04T19:00 EME=04T20:00 EDC+=05T19:00 EMF=05T22:00 EMG=06T07:00 EMI=06T15:00 | late_liable 2 1 1 import=100 | late_liable 1 | and the other way round
the second hold ends with EMF alone                            | KR>JP |                                          | EME=03T16:10 EDC=04T19:00 EME=04T20:00 EMF=05T22:00 EMG=06T07:00 EMI=06T15:00 | late_excused(customs) 2 2 0 | late_excused 0 | either closes it; no more than the step that it lies in
both must close it, and EMF is missing                         | KR>JP | clock_stop_closing=both                  | EME=03T16:10 EDC=04T19:00 EME=04T20:00 EDC+=05T19:00 EMF- EMG=06T07:00 EMI=06T15:00 | late_liable 2 0 2 import=50 delivery=50 | late_liable 2 | neither hold is closed; the sender's terms follow the agreement
cleared like any other, then called back                       | KR>JP |                                          | EME=03T20:00 EDC+=04T19:00 EMF=04T22:00 EMG=05T07:00 EMI=05T15:00 | late_excused(customs) 1 1 0                     | late_excused 0 | the only hold came after the first EDC
it lay there for two days before customs called it back        | KR>JP |                                          | EME=05T10:00 EDC+=05T19:00 EMF=05T22:00 EMG=06T07:00 EMI=06T15:00 | late_liable 2 0 2 import=100                    | late_liable 2  | due the 6th before the hold and after it: the hold moved nothing
extend: each hold has its own cap                              | KR>JP | customs=extend customs_days=1            | EME=03T16:10 EDC=05T19:00 EME=05T20:00 EDC+=07T19:00 EMF=07T22:00 EMG=08T07:00 EMI=08T15:00 | late_liable 4 2 2 import=100 | late_excused 0 | a day for each of two holds of two days
deemed delivered at the second hold                            | KR>JP | customs=deemed_delivered                 | EME?=03T16:10 EDC=04T19:00 EME=04T20:00 EDC+=05T19:00 EMF=05T22:00 EMG=06T07:00 EMI=06T15:00 | on_time 0 0 0 | late_liable 1 | the first hold with a valid reason stops the clock, on the 4th; towards the sender only the second hold is excused
deemed delivered: a hold told before the acceptance hides none  | KR>JP | customs=deemed_delivered                 | EME=01T12:00 EDC=04T19:00 EME=04T20:00 EDC+=05T19:00 EMF=05T22:00 EMG=06T07:00 EMI=06T15:00 | on_time 0 0 0 | late_liable 1 | nothing before the acceptance stops the clock, the hold of the 4th does; towards the sender only that one is excused
two days kept the second time, another exclusion's name        | KR>JP | +sender_data/clips/EME:58 retention_reasons=19,58 | EME=03T16:10 EDC=04T19:00 EME?=04T20:00 EDC+=05T19:00 EMF=05T22:00 EMG=06T07:00 EMI=06T15:00 | late_excused(sender_data customs) 2 2 0 | late_excused 0 | each hold under the exclusion that its reason proves; the sender's reasons are the agreement's, for none are published
kept by export customs, the export end counts                  | KR>JP | customs_ends=export                      | EXB=02T20:30 EXC=03T20:30 EMC..+1d                      | late_excused(customs) 1 1 0                     | late_liable 1  | the hold moved the closing by a day; towards the sender the import end counts, as nothing else is published
kept by export customs, only the import end counts             | KR>JP | customs_ends=import sender.customs_ends=both | EXB=02T20:30 EXC=03T20:30 EMC..+1d                  | late_liable 1 0 1 export=100                    | late_excused 0 | each side by its own ends
back from export customs in the night, closed a day later      | KR>JP | customs_ends=both                        | EXB=02T20:30 EXC=03T03:00 EMC..+1d                      | late_liable 1 0 1 export=100                    | late_liable 1  | given back in time for the closing at 04:00: the day is the post's own
kept by import customs, only the export end counts             | KR>JP | customs_ends=export                      | EME=03T16:00 EDC..+1d                                   | late_liable 1 0 1 import=100                    | late_excused 0 | no import hold counts between the posts; towards the sender it does
a day at either end                                            | KR>JP | customs_ends=both                        | EXB=02T20:30 EXC=03T20:30 EMC..+1d EME=04T16:00 EDC..+1d | late_excused(customs) 2 2 0                    | late_liable 1  | two holds, a day each; towards the sender the import end alone
kept by export customs and never given back                    | KR>JP | customs_ends=both                        | EXB=02T20:30 EMC..+1d                                   | late_liable 1 0 1 export=100                    | late_liable 1  | only EXC closes an export hold
export hold, the posts subtract                                | KR>JP | customs_ends=export customs=subtract     | EXB=02T20:30 EXC=03T20:30 EMC..+1d                      | late_excused(customs) 1 1 0                     | late_liable 1  | from the 2nd to the 3rd: one day
export hold over a holiday, then two parties lose two days each | KR>JP | customs_ends=export customs=subtract    | EMA=04T18:00 promised=08 EXB=04T19:00 EXC=06T08:00 EMB=06T12:30 EMC=07T15:00 EMD=08T14:30 EDB=08T16:00 EDC=11T11:00 EMF=11T13:00 EMG=12T06:00 EMI=12T15:00 | late_liable 4 2 2 export=50 import=50 | late_liable 4 | the hold moved nothing: its two days count against the delay and give nobody back days lost elsewhere
export hold, the item is excluded                              | KR>JP | customs_ends=export customs=exclude      | EXB=02T20:30 EXC=02T20:45 EMI=07T15:00                  | late_excused(customs) 3 3 0                     | late_liable 3  | everything; towards the sender the hold's own step, nought
refused by export security                                     | KR>JP |                                          | EXX=02T21:00 EMC- EMD- EDB- EDC- EMF- EMG- EMI- as_of=20T00:00 | late_excused(stopped_by_authority) 0 0 0 | late_excused 0 | due, and nothing moved on
refused by export security, and sent on all the same           | KR>JP |                                          | EXX=02T21:00 EMI=05T15:00                               | late_liable 1 0 1 delivery=100                  | late_liable 1  | later scans show it moving
stopped at import, not due yet                                 | KR>JP |                                          | EDX=03T16:30 EDC- EMF- EMG- EMI- as_of=04T12:00         | pending 0 0 0                                   | pending 0      | the promised day is not over
stopped at the delivery office, silent since                   | KR>JP |                                          | EDX=04T10:00 EMI- as_of=30T00:00                        | late_excused(stopped_by_authority) 0 0 0        | late_excused 0 | it is known what became of it: not undetermined
stopped by an authority, silent for weeks                      | KR>JP |                                          | EDX=03T16:30 EDC- EMF- EMG- EMI- as_of=30T00:00         | late_excused(stopped_by_authority) 0 0 0        | late_excused 0 | it is known what became of it: not lost
stopped by an authority, no date told                          | KR>JP |                                          | told=- EDX=04T10:00 EMI- as_of=30T00:00                 | not_guaranteed(no_date_told) 0 0 0              | not_guaranteed 0 | without a promise nothing is judged
tried in time, then stopped by an authority                    | KR>JP |                                          | EMH=04T10:00 EDX=10T10:00 EMI- as_of=30T00:00           | on_time 0 0 0                                   | on_time 0      | the attempt stopped the clock before
a notice left, whatever the reason                             | KR>JP | notification_stops=yes notification_measures=N | EMH=04T10:00/9/N EMI=06T15:00                     | on_time 0 0 0                                   | late_liable 2  | the sender's terms publish no notification
another measure is no notice                                   | KR>JP | notification_stops=yes notification_measures=N | EMH=04T10:00/9/A EMI=06T15:00                     | late_liable 2 0 2 delivery=100                  | late_liable 2  | and reason 9 is the post's own
an attempt with another measure than agreed                    | KR>JP | attempt_measures=A                       | EMH=04T10:00/1/C EMI=06T15:00                           | late_liable 2 0 2 delivery=100                  | late_liable 2  | reason and measure must both be valid; the sender's terms fall back
an attempt without any measure where one is asked for          | KR>JP | attempt_measures=A                       | EMH=04T10:00/1 EMI=06T15:00                             | late_liable 2 0 2 delivery=100                  | late_liable 2  | none stated is not the one agreed
an attempt with the measure that was agreed                    | KR>JP | attempt_measures=A                       | EMH=04T10:00/1/A EMI=06T15:00                           | on_time 0 0 0                                   | on_time 0      | both are valid
tried a day late, delivered much later                         | KR>JP |                                          | EMH=05T10:00 EMI=09T15:00                               | late_liable 1 0 1 delivery=100                  | late_liable 1  | the clock stops at the attempt, not before and not after
the first attempt the post's own fault, the second valid       | KR>JP |                                          | EMH?=04T10:00 EMH=05T10:00 EMI=07T15:00                 | late_liable 1 0 1 delivery=100                  | late_liable 1  | the first one that counts
ready at a pick-up point, towards the sender no delivery       | KR>JP | sender.pickup_stops=no                   | EDH=04T10:00 EMI=06T15:00                               | on_time 0 0 0                                   | late_liable 2  | each side by its own clock
reasons of attempts: the sender's terms fall back              | KR>JP | attempt_reasons=9                        | EMH=04T10:00/9 EMI=06T15:00                             | on_time 0 0 0                                   | on_time 0      | the origin publishes none
reasons of attempts: the sender's own                          | KR>JP | attempt_reasons=9 sender.attempt_reasons=1 | EMH=04T10:00/9 EMI=06T15:00                           | on_time 0 0 0                                   | late_liable 2  | what the origin publishes decides towards the sender
customs: the sender's terms do not fall back                   | KR>JP | customs=exclude                          | EME=03T16:00 EDC..+1d EMI=06T15:00                      | late_excused(customs) 2 2 0                     | late_liable 1  | the origin publishes `step`: it pays the sender and has no recourse
redirected at the addressee's request                          | KR>JP | +customer_request/clips/EMH:13           | EMH=04T10:00/13 EMI=07T15:00                            | late_excused(customer_request) 3 3 0            | late_liable 3  | from the attempt on it is nobody's; towards the sender no such row
redirected after the carrier had lost a day                    | KR>JP | +customer_request/clips/EMH:13           | EMD..+1d EMH=05T10:00/13 EMI=07T15:00                   | late_liable 3 2 1 transport=100                 | late_liable 3  | what came before the attempt stays
charges due, paid two days later                               | KR>JP | +charges_due/clips/EMH:15                | EMH=04T10:00/15 EMI=06T15:00                            | late_excused(charges_due) 2 2 0                 | late_liable 2  | from the attempt on it waited for the addressee
absent, for a reason that stops no clock but excuses           | KR>JP | +addressee_absent/clips/EMH:5 | EMH=04T10:00/5 EMI=06T15:00       | late_excused(addressee_absent) 2 2 0            | late_liable 2  | from the attempt to the delivery
refused, towards the posts alone                               | KR>JP | +refused/clips/EMH:9                     | EMH=05T10:00/9 EMI=06T15:00                             | late_liable 2 1 1 delivery=100                  | late_liable 2  | the day before the attempt stays
customs and typhoon claim the same day                         | KR>JP |                                          | EME=03T16:00 EDC..+1d EMI=06T15:00 typhoon:JP           | late_liable 2 1 1 delivery=100                  | late_liable 1  | excused without overlap
typhoon of a day, the carrier lost three                       | KR>JP |                                          | EMD..+3d typhoon:JP                                     | late_liable 3 2 1 transport=100                 | late_liable 1  | due the 6th when it ended, the next flight being that evening's; the rest is the carrier's
a tolerance is shared like the days                            | KR>JP | tolerance_days=1                         | EMD..+1d EDC..+1d                                       | late_liable 2 1 1 transport=50 import=50        | late_liable 2  | what remains goes over both nets
customs takes one day and the tolerance the other              | KR>JP | tolerance_days=1                         | EME=03T16:00 EDC..+1d EMI=06T15:00                      | late_excused(customs tolerance) 2 2 0           | late_liable 1  | X is the sum
a tolerance that the catalogue does not let count              | KR>JP | tolerance_days=1 +tolerance/no/          | EMI=05T15:00                                            | late_liable 1 0 1 delivery=100                  | late_liable 1  | an exclusion of mode `no` excuses nothing
customs that the catalogue does not let count                  | KR>JP | +customs/no/                             | EME=03T16:00 EDC..+1d                                   | late_liable 1 0 1 import=100                    | late_excused 0 | likewise; towards the sender it does
force majeure that the catalogue does not let count            | KR>JP | +force_majeure/no/                       | EMD..+1d typhoon:JP                                     | late_liable 1 0 1 transport=100                 | late_excused 0 | likewise
an authority's stop that the catalogue does not let count      | KR>JP | +authority_stop/no/                      | EDX=04T10:00 EMI- as_of=20T00:00                        | undetermined(final_scan_missing) 0 0 0          | late_excused 0 | likewise
the sender's terms let a day pass                              | KR>JP | sender.tolerance_days=1                  | EMI=05T15:00                                            | late_liable 1 0 1 delivery=100                  | late_excused 0 | no refund, and recourse all the same
no EMD: the last scanned answers                               | KR>JP | burden_of_proof=last_scanned             | EMD..+1d EMD-                                           | late_liable 1 0 1 transport=100                 | late_liable 1  | EMC was seen: it was with the carrier
no EMD: the next scanned answers                               | KR>JP | burden_of_proof=next_scanned             | EMD..+1d EMD-                                           | late_liable 1 0 1 import=100                    | late_liable 1  | EDB was seen
no EMD: half each                                              | KR>JP | burden_of_proof=both                     | EMD..+1d EMD-                                           | late_liable 1 0 1 transport=50 import=50        | late_liable 1  | nobody can tell
no EMC: the last scanned answers                               | KR>JP | burden_of_proof=last_scanned             | EMD..+1d EMC-                                           | late_liable 1 0 1 export=100                    | late_liable 1  | EMB was seen
no EMC: the next scanned answers                               | KR>JP | burden_of_proof=next_scanned             | EMD..+1d EMC-                                           | late_liable 1 0 1 transport=100                 | late_liable 1  | EMD ends the carriage
neither EMC nor EMD, and a day more in customs                 | KR>JP | burden_of_proof=both                     | EMD..+1d EMC- EMD- EDC..+1d                             | late_liable 2 0 2 export=25 import=75           | late_liable 2  | half a day each, and a whole one
no EMD, in no one's hands yet                                  | KR>JP | burden_of_proof=undetermined gap_decided_after_days=20 gap_decided_by=next_scanned | EMD..+1d EMD- as_of=24T12:00 | undetermined(gap) 1 0 0         | late_liable 1  | the sender need not wait to hear whose day it was
no EMD, decided when the day has come                          | KR>JP | burden_of_proof=undetermined gap_decided_after_days=20 gap_decided_by=last_scanned | EMD..+1d EMD- as_of=25T12:00 | late_liable 1 0 1 transport=100 | late_liable 1  | twenty days after the promised date
no EMD, but not late                                           | KR>JP | burden_of_proof=undetermined gap_decided_after_days=20 gap_decided_by=both | EMD- as_of=10T12:00 | on_time 0 0 0                                   | on_time 0      | the gap decides nothing
no EMD, and another's day after it                             | KR>JP | burden_of_proof=undetermined gap_decided_after_days=20 gap_decided_by=both | EMD- EMI=05T15:00 as_of=10T12:00 | late_liable 1 0 1 delivery=100     | late_liable 1  | nothing was lost in the gap
final scan missing: ends as late                               | KR>JP | undetermined_ends_as=late undetermined_ends_after_days=15 | EMI- as_of=25T12:00                    | late_liable 15 0 15 delivery=100                | late_liable 15 | the clock stops on the last day of waiting, the 19th
final scan missing: still open                                 | KR>JP | undetermined_ends_as=late undetermined_ends_after_days=15 | EMI- as_of=15T12:00                    | undetermined(final_scan_missing) 0 0 0          | undetermined 0 | eleven days: undetermined, not ended
final scan missing for good, nothing ends it                   | KR>JP |                                          | EMI- as_of=30T00:00                                     | undetermined(final_scan_missing) 0 0 0          | undetermined 0 | its delivery office scanned it: not lost, not guessed
told a day early, and a day late                               | KR>JP |                                          | told=03 EMD..+1d                                        | late_liable 1 0 1 transport=100                 | late_liable 2  | the date told binds; the origin bears the difference
told a day early, customs kept it a day                        | KR>JP |                                          | told=03 EME=03T16:00 EDC..+1d                           | late_excused(customs) 1 1 0                     | late_liable 1  | no hold excuses a misquoted date
told a day early, a day of tolerance                           | KR>JP | sender.tolerance_days=1                  | told=03                                                 | on_time 0 0 0                                   | late_excused 0 | tolerance is of the claim, whatever the reason
a date told though none could be guaranteed                    | KR>JP |                                          | quote=lane_suspended EMI=05T15:00                       | not_guaranteed(lane_suspended) 0 0 0            | late_liable 1  | the posts promised each other nothing; what the sender was told binds the origin
none could be guaranteed and none was told                     | KR>JP |                                          | quote=lane_suspended told=- EMI=05T15:00                | not_guaranteed(lane_suspended) 0 0 0            | not_guaranteed 0 | no promise was in force
a day of slack, a day in customs, a day in delivery            | KR>JP |                                          | promised=05 EME=03T16:00 EDC..+1d EMI=06T15:00          | late_excused(customs) 1 1 0                     | late_excused 0 | late less X is nought: the slack was sold to the sender, not to customs
delivered after a holiday                                      | KR>US |                                          | promised=10 EMI=12T15:00                                | late_liable 1 0 1 delivery=100                  | late_liable 1  | Veterans Day is no delivery day
delivered on a holiday                                         | KR>US |                                          | promised=10 EMI=11T15:00                                | late_liable 1 0 1 delivery=100                  | late_liable 1  | a late day without delivery counts as the next
a holiday at the origin moves the promise, not the delay       | KR>JP |                                          | EMA=04T18:00 promised=08 EMB=06T12:30 EMC=06T15:00 EMD=06T23:30 EDB=07T07:00 EDC=07T11:00 EMF=07T13:00 EMG=08T06:00 EMI=08T15:00 | on_time 0 0 0 | on_time 0 | after the cut-off of the 4th, closed on the 5th
the same, collected after the weekend                          | KR>JP |                                          | EMA=04T18:00 promised=08 EMB=09T12:30 EMC=09T15:00 EMD=09T23:30 EDB=10T07:00 EDC=10T11:00 EMF=10T13:00 EMG=11T06:00 EMI=11T15:00 | late_liable 3 0 3 export=100 | late_liable 3 | three days of the addressee's, who has delivery at the weekend
two parties, the last holder answers                           | KR>JP | sharing=last_holder                      | EMD..+1d EDC..+1d                                       | late_liable 2 0 2 import=100                    | late_liable 2  | the last custody that lost days
the last holder won its day back                               | KR>JP | sharing=last_holder                      | EMD..+1d EDC..+1d EMF- EMG- EMI=05T22:00                | late_liable 1 0 1 transport=100                 | late_liable 1  | the destination's net is nought
the last holder's day was customs'                             | KR>JP | sharing=last_holder                      | EMD..+1d EME=04T16:00 EDC..+1d                          | late_liable 2 1 1 transport=100                 | late_liable 1  | excused days are out before anything is shared
promised too tight, and a day in transport                     | KR>JP |                                          | promised=03 EMD..+1d                                    | late_liable 2 0 2 promise=50 transport=50       | late_liable 2  | a positive margin is whose who set the date
promised too tight, the last holder answers                    | KR>JP | sharing=last_holder                      | promised=03 EMD..+1d                                    | late_liable 2 0 2 transport=100                 | late_liable 2  | the promise came first
two days lost, customs one, delivery wins one                  | KR>JP |                                          | EMD..+2d EME=05T16:00 EDC..+1d EMF- EMG- EMI=06T22:00   | late_liable 2 1 1 transport=100                 | late_liable 1  | the day won back lowers the delay for whoever lost days
"""
LISTED = CASES.strip().splitlines()
NAMES = [line.split("|")[0].strip() for line in LISTED]


LANES = ("KR,JP", "KR,US", "US,KR")


@lru_cache(maxsize=64)
def world_of(terms: str) -> World:
    """The small world with these terms; a term that it lacks is laid down for every lane."""
    rows_of, catalogue = [], CATALOGUE
    for said in terms.split(";"):
        if said.startswith("+"):
            exclusion, mode, evidence = said.removeprefix("+").split("/")
            lane = "KR,JP" if f"relation,*,*,{exclusion}," in CATALOGUE else "*,*"
            catalogue += f"relation,{lane},{exclusion},{mode},{evidence},,,test\n"
        elif said:
            name, value = said.replace(",", " ").split("=")
            scope = "sender" if name.startswith("sender.") else "relation"
            term = name.removeprefix("sender.")
            lanes = LANES if f"{scope},*,*,{term}," in SMALL["terms.csv"] else ("*,*",)
            rows_of += [f"{scope},{lane},{term},{value},,,test" for lane in lanes]
    return World.of({**with_rows("terms.csv", *rows_of), "exclusions.csv": catalogue}, terms)


#: What this table says of an item beyond the notation of spoken_items.
OURS = ("EMA=", "quote=")


def told(line: str) -> tuple[World, Item, list[Case], object, str, str]:
    """The world, the item, the notices, what is known by when, and the two verdicts expected."""
    _, lane, terms, changes, between, sender, reason = (part.strip() for part in line.split("|"))
    assert reason
    ours = {one.partition("=")[0]: one for one in changes.split() if one.startswith(OURS)}
    others = " ".join(one for one in changes.split() if one not in ours.values())
    item, notices, as_of = spoken(lane, others)
    if "EMA" in ours:
        item = replace(item, accepted=local(ours["EMA"].removeprefix("EMA="), item.origin))
    if "quote" in ours:
        why = ours["quote"].removeprefix("quote=")
        item = replace(item, quote_status="estimate", quote_reason=why)
    return world_of(";".join(terms.split())), item, notices, as_of, between, sender


@pytest.mark.parametrize("line", LISTED, ids=NAMES)
def test_the_second_reading(line: str) -> None:
    where, item, notices, as_of, between, sender = told(line)
    (row,) = rows(judged([item], notices, as_of, where))
    assert told_between(row) == between
    assert f"{row['sender_outcome']} {row['sender_days_liable']}" == sender


@pytest.mark.parametrize("line", LISTED, ids=NAMES)
def test_the_slow_judge_reads_the_same(line: str) -> None:
    where, item, notices, as_of, between, sender = told(line)
    verdict = where.slow.judge(item, notices, as_of)
    assert told_slowly(verdict.between) == between
    assert f"{verdict.sender.outcome} {verdict.sender.liable}" == sender
