"""Forced recovery in the model of the offer protocol; offer-model.py mixes this class into its Model.

A queue, an agent or a conversation may lose its log and start empty, at most `rec = (queues, agents, conversations)` times.
Streams are named by (source epoch, target epoch):
- what was under way TO the lost incarnation is never processed, nor is what a peer still sends before it knows of the recovery;
- of what was under way FROM the lost incarnation any first part may still arrive, the rest is lost;
- the first thing each peer gets from the new incarnation is `recovered`, at a moment of its own.
A `recovered` stands in the channel as MARK; handling it drops everything before it, which is the lost rest.
"""
W, H, A, C = 'W', 'H', 'A', 'C'          # queue: waiting, held (not yet rung), alerting (rung), connected
AW, RG, CN, WR = 0, 1, 2, 3              # agent: awarded (ungranted), reserved and ringing, connected, wrap-up
MARK = ('recovered',)


class Bad(Exception):
    pass


class Recovery:
    def load(s, ch, q, a):                                 # messages under way between a queue and an agent, marks apart
        return sum(1 for i in (s.qa(q, a), s.aq(a, q)) for m in ch[i] if m is not MARK)

    def reverse(s, i):
        x, y = s.Q * s.Ag, s.Q * s.Cn
        return i + x if i < s.AQ else i - x if i < s.CQ else i + y if i < s.QC else i - y

    def target(s, i): return 'agent' if i < s.AQ else 'queue' if i < s.QC else 'conversation'

    def deaf(s, ch, i):                                    # the sender on channel i has not handled the target's `recovered`: its epoch is old
        return bool(s.rec) and MARK in ch[s.reverse(i)] and s.v['bug_oldepoch'] != s.target(i)

    def late_over(s, convs, c, n):                         # the conversation has gone on to a later ticket and may tell the former owner so
        return bool(s.rec) and convs[c][1] > n

    # ---------------------------------------------------------------- an entity loses its log
    def recoveries(s, st, out):
        convs, qs, ags, ch, left = st
        rq, ra, rc = left

        def lose(label, left, inward, outward, convs=convs, qs=qs, ags=ags):
            l = list(ch)
            for i in inward: l[i] = l[i] if s.v['bug_oldepoch'] == s.target(i) else ()
            for i in outward: l[i] = l[i] + (MARK,)
            out.append((label, 0, s.canon((convs, qs, ags, tuple(l), left))))

        for q in range(s.Q) if rq else ():
            live = [c for c in range(s.Cn) if convs[c][0] < 2]
            lose(f'q{q} RECOVERS: all tickets lost', (rq - 1, ra, rc), [s.aq(a, q) for a in s.members[q]] + [s.cq(c, q) for c in range(s.Cn)],
                 [s.qa(q, a) for a in s.members[q]] + [s.qc(q, c) for c in live], qs=qs[:q] + ((None,) * s.Cn,) + qs[q + 1:])
        for a in range(s.Ag) if ra else ():
            mine = [q for q in range(s.Q) if a in s.members[q]]
            lose(f'a{a} RECOVERS: all slots lost, off queue', (rq, ra - 1, rc), [s.qa(q, a) for q in mine], [s.aq(a, q) for q in mine],
                 ags=ags[:a] + ((0, 0, ()),) + ags[a + 1:])
        for c, (ph, n, pend, want, own) in enumerate(convs) if rc else ():
            if ph != 1: continue
            ghost = 'direct' in s.ev and pend in ('E', 'T') and own >= 0     # an `over` may still be under way from the lost incarnation
            lose(f'c{c} RECOVERS: unknown from now on', (rq, ra, rc - 1), [s.qc(q, c) for q in range(s.Q)], [s.cq(c, q) for q in range(s.Q)],
                 convs=convs[:c] + ((3, n, pend, 0, own) if ghost else (3, n, 0, 0, -1),) + convs[c + 1:])

    # ---------------------------------------------------------------- a peer handles `recovered`
    def recovered(s, st, i, j, out):
        convs, qs, ags, ch, left = st
        l = list(ch)
        l[i] = (l[i][:j] if s.v['bug_oldsource'] else ()) + l[i][j + 1:]
        lost = f', {j} messages lost' if j else ''

        def post(i, m):
            if not s.deaf(l, i): l[i] = l[i] + (m,)

        if i < s.AQ:
            q, a = divmod(i, s.Ag)
            onq, nr, res = ags[a]
            res2 = []
            for (c, n, t, x) in res:
                if s.queue_of(c, n) != q or t == WR or s.v['bug_keepaward' if t == AW else 'bug_keepslots']: res2.append((c, n, t, x))
                elif t == CN and 'wrap' in s.ev: res2.append((c, n, WR, 0))
            ags = ags[:a] + ((onq, nr, tuple(sorted(res2))),) + ags[a + 1:]
            label = f'a{a} learns that q{q} recovered'
        elif i < s.CQ:
            q, a = divmod(i - s.AQ, s.Ag)
            row = list(qs[q])
            for c, e in enumerate(row):
                if not e or e[1] == W or e[2] != a or s.v['bug_keeptickets']: continue
                if e[1] == C:
                    row[c] = None
                    if not s.v['bug_nolost']: post(s.qc(q, c), ('withdrawn', e[0]))
                else: row[c] = (e[0], W, -1, -1 if s.v['bug_zero'] else e[3], 0)
            qs = qs[:q] + (tuple(row),) + qs[q + 1:]
            label = f'q{q} learns that a{a} recovered'
        elif i < s.QC:
            q, c = divmod(i - s.CQ, s.Cn)
            e = qs[q][c]
            if e and not s.v['bug_keepunknown']:
                if e[1] != W: post(s.qa(q, e[2]), ('free', c, e[0], e[3], 'end' if e[1] == C else 'off'))
                qs = qs[:q] + (qs[q][:c] + (None,) + qs[q][c + 1:],) + qs[q + 1:]
            label = f'q{q} learns that c{c} recovered'
        else:
            q, c = divmod(i - s.QC, s.Cn)
            ph, n, pend, want, own = convs[c]
            label = f'c{c} learns that q{q} recovered'
            if ph == 1 and s.queue_of(c, n) == q and not s.v['bug_noreissue']:
                if want: new = (2, n, 0, 1, -1); label += ': ended'
                else:
                    n2 = n if s.v['bug_sameticket'] and not pend else s.next_ticket(n, pend)
                    new = (1, n2, 0, 0, -1); label += f': ticket {n2}'
                    post(s.cq(c, s.queue_of(c, n2)), ('enqueue', n2))
                convs = convs[:c] + (new,) + convs[c + 1:]
        out.append((label + lost, 1, s.canon((convs, qs, ags, tuple(l), left))))

    def next_ticket(s, n, pend):
        """The next ticket's number. The model derives the line from the number (one line further each time); a ticket that is issued
        again in the same line therefore skips a whole round of lines."""
        return n + 1 if pend else n + s.Q

    # ---------------------------------------------------------------- what recovery changes in the properties
    def closed_before(s, st, q, c, n):
        """A withdrawal may meet an unknown ticket only if its conversation needs no answer any more, or the answer is under way."""
        convs, qs, ags, ch, left = st
        return bool(s.rec) and (convs[c][0] != 1 or convs[c][1] > n or ('withdrawn', n) in ch[s.qc(q, c)])

    def suspended(s, st, q, c, a):
        """I3 does not bind an attempt of q at a while q has yet to learn that a recovered (a's slots are lost)."""
        ch = st[3]
        return bool(s.rec) and MARK in ch[s.aq(a, q)] and not s.v['strict']

    def reused(s, st):
        """I8: the name of a current attempt is in use by no other agent, and not by its own agent for a ticket of a lost queue."""
        convs, qs, ags, ch, left = st
        for q in range(s.Q):
            for c, e in enumerate(qs[q]):
                if not e or e[1] == W: continue
                for a in range(s.Ag):
                    if (a != e[2] or (MARK in ch[s.qa(q, a)] and not s.v['bug_marklate'])) and any((x[0], x[1], x[3]) == (c, e[0], e[3]) and x[2] in (RG, CN) for x in ags[a][2]):
                        return f'I8: attempt {e[3]} of c{c}.{e[0]} is current at a{e[2]} and a{a} holds an older one of the same name'
        return None
