#!/usr/bin/env python3
"""Explicit-state model checker of the offer protocol (offer-protocol.md).

  python3 offer-model.py             the standard suite (fixed protocol, text variants, planted bugs)
  python3 offer-model.py -v          the same, with the shortest trace of every violation
  python3 offer-model.py big NAME    one larger configuration, see CONFIGS (pypy3 recommended)
  python3 offer-model.py walk SECS   random walks over 2 queues, 2 agents, 3 conversations with every event

Forced recovery (an entity loses its log) is in offer_recovery.py; its rules are on the page recovery.md.

Every transition is one committed entry of one entity.  Logged messages are FIFO per (source, target) pair, delivered once,
in any interleaving between pairs.  Soft messages (available, bids, status?, ring, accept/decline requests) are not stored:
whatever they could cause - late, twice, or never - is a free choice at any moment, so a leader failover, which only forgets
soft state, adds no behaviour of its own.  Steps marked "coop" use soft information that is true now; progress (I5) must follow
from coop steps and deliveries alone.  Attempt and reservation numbers are renamed densely, so runs are of unbounded length.
"""
import sys, time
from collections import deque

sys.dont_write_bytecode = True
from offer_recovery import A, AW, Bad, C, CN, H, MARK, RG, Recovery, W, WR

FIXED = dict(subst=1, tie=1, ringack=1, cond=1, status=1, cmp=1,
             bug_agentclock=0, bug_unseen=0, bug_freeoff=0, bug_late=0, bug_nofifo=0, bug_release=0, bug_nextearly=0,
             strict=0, bug_oldepoch=0, bug_oldsource=0, bug_keepslots=0, bug_keepaward=0, bug_keeptickets=0, bug_keepunknown=0, bug_noreissue=0, bug_nolost=0, bug_marklate=0,
             bug_sameticket=0, bug_zero=0)


class Model(Recovery):
    def __init__(s, Q=2, Ag=2, start=(0, 1), cap=1, N=1, L=2, members=None, down=None, downq=None, rec=None, ev=(), **v):
        s.Q, s.Ag, s.start, s.cap, s.N, s.L = Q, Ag, start, cap, N, L
        s.Cn = len(start)
        s.members = members or [tuple(range(Ag))] * Q
        s.ev = set(ev)
        s.soft = 'soft' in s.ev
        s.down, s.downq = down, downq                      # an agent, a queue whose shard has no leader for ever
        s.v = dict(FIXED, **v)
        s.rec = rec                                        # how often queues, agents, conversations may lose their log; None: never
        if rec and (s.soft or down is not None or downq is not None): raise ValueError('recovery is not modelled together with soft or leaderless runs')
        s.QA, s.AQ = 0, Q * Ag
        s.CQ, s.QC = 2 * Q * Ag, 2 * Q * Ag + Q * s.Cn
        s.nch = 2 * Q * Ag + 2 * Q * s.Cn
        s.rings = s.owners = 0
        s.drop = not (s.v['bug_nofifo'] or s.v['bug_oldepoch'] or s.v['bug_oldsource'] or s.v['bug_marklate'])

    # channel indices
    def qa(s, q, a): return s.QA + q * s.Ag + a
    def aq(s, a, q): return s.AQ + q * s.Ag + a
    def cq(s, c, q): return s.CQ + q * s.Cn + c
    def qc(s, q, c): return s.QC + q * s.Cn + c
    def queue_of(s, c, n): return (s.start[c] + n - 1) % s.Q

    def initial(s):
        onq = 0 if 'presence' in s.ev else 1
        return (tuple((0, 0, 0, 0, -1) for _ in range(s.Cn)),        # conversation: phase, n, pending, wantEnd, owner
                tuple((None,) * s.Cn for _ in range(s.Q)),           # queue: per conversation None | (n, st, agent, k, rung)
                tuple((onq, 0, ()) for _ in range(s.Ag)),            # agent: onQueue, notResponding, ((c, n, st, id), ...)
                ((),) * s.nch,
                ((0, 0, None),) * (s.Q * s.Ag) if s.soft else s.rec or ())  # recoveries left; or soft, per (queue, agent): available under way, queue's view, bids in hand

    # canonical form: dense attempt numbers per ticket, dense reservation numbers per agent
    def canon(s, st):
        convs, qs, ags, ch, sf = st
        l = None                                           # messages that can never have an effect again are dropped
        for i in range(2 * s.Q * s.Ag) if s.drop else ():
            if not ch[i]: continue
            keep = []
            if i < s.AQ:
                q, a = divmod(i, s.Ag); res = ags[a][2]
                for m in ch[i]:
                    o = m[0]
                    if m is MARK: ok = True
                    elif o == 'gone': ok = any(x[2] == AW and x[3] == m[3] for x in res)
                    elif o == 'free':
                        t = m[1:4]
                        ok = any((x[0], x[1], x[3]) == t and x[2] in (RG, CN) for x in res) or any(y[1:4] == t and y[0] in ('reserve', 'granted') for y in keep)
                    elif o == 'connected': ok = any((x[0], x[1], x[3]) == m[1:4] and x[2] == RG for x in res)
                    else: ok = True
                    if ok: keep.append(m)
            else:
                q, a = divmod(i - s.AQ, s.Ag); row = qs[q]
                for m in ch[i]:
                    e = m is not MARK and row[m[1]]
                    if m is MARK or m[0] == 'award' or (e and e[0] == m[2] and e[3] == m[3] and e[2] == a and (e[1] == H or (e[1] == A and m[0] in ('release', 'decline')))): keep.append(m)
            if len(keep) != len(ch[i]):
                if l is None: l = list(ch)
                l[i] = tuple(keep)
        if l is not None:
            ch = tuple(l); st = (convs, qs, ags, ch, sf)
        ks, rs = {}, [set() for _ in range(s.Ag)]
        for q in qs:
            for c, e in enumerate(q):
                if e: ks.setdefault((c, e[0]), set()).add(e[3])
        for i, a in enumerate(ags):
            for (c, n, t, x) in a[2]:
                if t == AW: rs[i].add(x)
                elif t != WR: ks.setdefault((c, n), set()).add(x)
        for i in range(2 * s.Q * s.Ag):
            a = i % s.Ag
            for m in ch[i]:
                o = m[0]
                if m is MARK: continue
                if o == 'gone': rs[a].add(m[3])
                elif o == 'award': rs[a].add(m[3])
                else:
                    ks.setdefault((m[1], m[2]), set()).add(m[3])
                    if o == 'granted': rs[a].add(m[4])
        if all(max(v) == len(v) - 1 for v in ks.values()) and all((not v) or max(v) == len(v) - 1 for v in rs):
            return st
        km = {t: {x: i for i, x in enumerate(sorted(v))} for t, v in ks.items()}
        rm = [{x: i for i, x in enumerate(sorted(v))} for v in rs]
        qs = tuple(tuple(e and (e[0], e[1], e[2], km[(c, e[0])][e[3]], e[4]) for c, e in enumerate(q)) for q in qs)
        ags = tuple((a[0], a[1], tuple(sorted((c, n, t, rm[i][x] if t == AW else 0 if t == WR else km[(c, n)][x])
                                              for (c, n, t, x) in a[2]))) for i, a in enumerate(ags))
        nch = list(ch)
        for i in range(2 * s.Q * s.Ag):
            a = i % s.Ag
            if ch[i]:
                out = []
                for m in ch[i]:
                    o = m[0]
                    if m is MARK: out.append(m)
                    elif o in ('gone', 'award'): out.append((o, m[1], m[2], rm[a][m[3]]))
                    elif o == 'granted': out.append((o, m[1], m[2], km[(m[1], m[2])][m[3]], rm[a][m[4]]))
                    else: out.append((o, m[1], m[2], km[(m[1], m[2])][m[3]]) + m[4:])
                nch[i] = tuple(out)
        return (convs, qs, ags, tuple(nch), sf)

    # ---------------------------------------------------------------- helpers on mutable copies
    def best(s, qrow):                                     # highest rank = lowest conversation index
        for c in range(s.Cn):
            if qrow[c] and qrow[c][1] == W: return c
        return -1

    def left(s, bids, awarded, used):                      # bids in hand after an award: none when nothing is free any more
        return tuple(b for b in bids or () if b != awarded) or None if used < s.cap else None

    def over(s, convs, c, n, a):                           # the conversation knows a as owner and has asked for the end or transfer
        return convs[c][1] == n and convs[c][2] in ('E', 'T') and convs[c][4] == a

    def next_r(s, st, a):
        convs, qs, ags, ch, sf = st
        sent = [ch[s.aq(a, q)] for q in range(s.Q)]        # a recovered agent counts from the start again: only what follows its last mark
        if s.rec: sent = [x[max((j + 1 for j, m in enumerate(x) if m is MARK), default=0):] for x in sent]
        return 1 + max([x for (_, _, t, x) in ags[a][2] if t == AW] + [m[3] for x in sent for m in x if m[0] == 'award'] +
                       [m[3] if m[0] == 'gone' else m[4] for q in range(s.Q) for m in ch[s.qa(q, a)] if m[0] in ('gone', 'granted')] + [-1])

    def avail(s, ag): return ag[0] and not ag[1]

    # ---------------------------------------------------------------- successor states
    def succ(s, st):
        convs, qs, ags, ch, sf = st
        out = []
        ev, v, L = s.ev, s.v, s.L

        def emit(label, coop, cv=None, q=None, ag=None, sends=(), pop=-1, popi=0, soft=None):
            nc = convs; nq = qs; na = ags; nch = ch; ns = sf
            if soft and s.soft:
                ns = list(sf)
                for (i, x) in soft: ns[i] = x
                ns = tuple(ns)
            if cv: nc = convs[:cv[0]] + (cv[1],) + convs[cv[0] + 1:]
            if q:
                for (qi, c, e) in q:
                    row = nq[qi]; row = row[:c] + (e,) + row[c + 1:]
                    nq = nq[:qi] + (row,) + nq[qi + 1:]
            if ag: na = ags[:ag[0]] + (ag[1],) + ags[ag[0] + 1:]
            if pop >= 0 or sends:
                l = list(ch)
                if pop >= 0: l[pop] = l[pop][:popi] + l[pop][popi + 1:]
                for (i, m) in sends:
                    if not s.deaf(l, i): l[i] = l[i] + (m,)
                nch = tuple(l)
            out.append((label, coop, s.canon((nc, nq, na, nch, ns))))

        # --- conversations: outside events
        for c, (ph, n, pend, want, own) in enumerate(convs):
            if ph == 0:
                emit(f'c{c} created', 0, cv=(c, (1, 1, 0, 0, -1)), sends=[(s.cq(c, s.start[c]), ('enqueue', 1))])
            elif ph == 1:
                q = s.queue_of(c, n)
                if 'end' in ev and not want:
                    if pend == 0:
                        emit(f'c{c} ends/abandons: withdraw({n},end)', 0, cv=(c, (1, n, 'E', 1, own)), sends=[(s.cq(c, q), ('withdraw', n, 'E'))])
                    else:
                        emit(f'c{c} ends while a withdrawal is pending', 0, cv=(c, (1, n, pend, 1, own)))
                if 'move' in ev and not want and pend == 0 and n < s.N:
                    kind = 'T' if own >= 0 else 'M'
                    emit(f'c{c} {"transfer" if own >= 0 else "move"}: withdraw({n},{kind})', 0, cv=(c, (1, n, kind, 0, own)),
                         sends=[(s.cq(c, q), ('withdraw', n, kind))])
                    if v['bug_nextearly']:
                        emit(f'c{c} BUG issues next ticket early', 0, cv=(c, (1, n + 1, 0, 0, -1)),
                             sends=[(s.cq(c, q), ('withdraw', n, kind)), (s.cq(c, s.queue_of(c, n + 1)), ('enqueue', n + 1))])

        # --- queues: soft triggers, timers, desktop requests
        for q in range(s.Q):
            row = qs[q]
            b = s.best(row)
            if b >= 0:
                n, _, _, k, _ = row[b]
                for a in s.members[q]:
                    if s.load(ch, q, a) < L:
                        fresh = s.avail(ags[a]) and len(ags[a][2]) < s.cap
                        x = q * s.Ag + a
                        if s.soft: fresh = sf[x][1]
                        if fresh or 'stale' in ev:
                            emit(f'q{q} holds c{b}.{n} for a{a} (push)', 1 if fresh and a != s.down and q != s.downq else 0, soft=s.soft and [(x, (sf[x][0], 0, sf[x][2]))], q=[(q, b, (n, H, a, k + 1, 0))],
                                 sends=[(s.qa(q, a), ('reserve', b, n, k + 1))])
            for c, e in enumerate(row):
                if not e: continue
                n, stt, a, k, rung = e
                if stt in (H, A):
                    if rung or (v['bug_unseen'] and stt == H):
                        emit(f'a{a} accepts c{c}.{n} (200)', 0, q=[(q, c, (n, C, a, k, rung))],
                             sends=[(s.qa(q, a), ('connected', c, n, k)), (s.qc(q, c), ('connected', n, a))])
                        if 'decline' in ev:
                            emit(f'a{a} declines c{c}.{n}', 0, q=[(q, c, (n, W, -1, k, 0))], sends=[(s.qa(q, a), ('free', c, n, k, 'off'))])
                if stt == H and 'giveup' in ev:
                    emit(f'q{q} gives up on unanswered c{c}.{n} at a{a}', int(a == s.down), q=[(q, c, (n, W, -1, k, 0))], sends=[(s.qa(q, a), ('free', c, n, k, 'off'))])
                if stt == A and 'timeout' in ev:
                    if not rung: raise Bad(f'RONA: alert time-out of c{c}.{n} at a{a}, whose desktop never rang')
                    emit(f'q{q} alert time-out of c{c}.{n} at a{a}', int(a == s.down), q=[(q, c, (n, W, -1, k, 0))], sends=[(s.qa(q, a), ('free', c, n, k, 'rona'))])

        # --- agents: soft triggers and own events
        for a, (onq, nr, res) in enumerate(ags):
            have = {(c, n) for (c, n, _, _) in res}
            if onq and not nr and len(res) < s.cap:
                bestbid = None
                if s.soft:
                    bids = [b for q in range(s.Q) for b in sf[q * s.Ag + a][2] or ()]
                    bestbid = min([b for b in bids if b not in have], default=None)
                for q in range(s.Q) if not s.soft else ():
                    if a in s.members[q] and q != s.downq:
                        b = s.best(qs[q])
                        if b >= 0 and (bestbid is None or b < bestbid[0]): bestbid = (b, qs[q][b][0])
                r = s.next_r(st, a)
                for c, (ph, n, *_x) in enumerate(convs):
                    for nn in sorted({n, n - 1, n - s.Q if s.rec else n}, reverse=True) if 'stale' in ev else (n,):
                        if nn < 1 or (c, nn) in have: continue
                        q = s.queue_of(c, nn)
                        if a not in s.members[q]: continue
                        coop = bestbid == (c, nn)
                        if not coop and 'stale' not in ev: continue
                        if s.load(ch, q, a) >= L: continue
                        emit(f'a{a} reserves c{c}.{nn} on a bid, award r{r}', 1 if coop and a != s.down else 0, ag=(a, (onq, nr, tuple(sorted(res + ((c, nn, AW, r),))))),
                             soft=s.soft and [(y * s.Ag + a, (*sf[y * s.Ag + a][:2], s.left(sf[y * s.Ag + a][2], (c, nn), len(res) + 1))) for y in range(s.Q)],
                             sends=[(s.aq(a, q), ('award', c, nn, r))])
            if 'presence' in ev:
                if onq and not nr:
                    if all(len(ch[s.aq(a, q)]) < L for q in range(s.Q)):
                        emit(f'a{a} goes off queue', 0, ag=(a, (0, nr, tuple(x for x in res if x[2] != RG) if v['bug_freeoff'] else res)),
                             sends=[(s.aq(a, s.queue_of(c, n)), ('decline', c, n, x)) for (c, n, t, x) in res if t == RG])
                else:
                    emit(f'a{a} goes on queue', 0, ag=(a, (1, 0, res)))
            elif s.rec and not onq:
                emit(f'a{a} goes on queue after its recovery', 0, ag=(a, (1, 0, res)))
            for i, (c, n, t, x) in enumerate(res):
                rest = res[:i] + res[i + 1:]
                q = s.queue_of(c, n)
                e = qs[q][c]
                if t == WR:
                    emit(f'a{a} wrap-up of c{c}.{n} done', 0, ag=(a, (onq, nr, rest)))
                elif t == RG and v['bug_agentclock']:
                    emit(f'a{a} BUG frees c{c}.{n} by its own clock', 0, ag=(a, (onq, nr, rest)))
                elif t in (RG, CN) and v['status']:
                    cur = e and e[0] == n and e[1] != W and e[2] == a and e[3] == x
                    if not cur:
                        emit(f'a{a} told free(c{c}.{n}) by status?', 0, ag=(a, (onq, nr, rest)))
                    elif t == RG and e[1] == C:
                        emit(f'a{a} told connected(c{c}.{n}) by status?', 0, ag=(a, (onq, nr, tuple(sorted(rest + ((c, n, CN, x),))))))
                elif t == AW and 'dropaward' in ev:
                    emit(f'a{a} drops ungranted award c{c}.{n} r{x}', int(q == s.downq), ag=(a, (onq, nr, rest)))
                if t in (RG, CN) and 'direct' in ev and (s.over(convs, c, n, a) or s.late_over(convs, c, n)):
                    if 'wrap' in ev: rest = tuple(sorted(rest + ((c, n, WR, 0),)))
                    emit(f'a{a} told by c{c} that c{c}.{n} is over', 0, ag=(a, (onq, nr, rest)))

        # --- explicit soft state (small configurations): announcements, bids, loss, duplication, failover
        if s.soft:
            for q in range(s.Q):
                bid = tuple((b, e[0]) for b, e in enumerate(qs[q]) if e and e[1] == W)[:s.cap] or None   # as many as the agent may hold
                if 'fail' in ev and any(x[1] for x in sf[q * s.Ag:(q + 1) * s.Ag]):
                    emit(f'failover of q{q}: view forgotten', 0, soft=[(q * s.Ag + a, (sf[q * s.Ag + a][0], 0, sf[q * s.Ag + a][2])) for a in range(s.Ag)])
                for a in s.members[q]:
                    x = q * s.Ag + a; av, view, ob = sf[x]
                    if not av and not view and s.avail(ags[a]) and len(ags[a][2]) < s.cap: emit(f'a{a} announces available to q{q}', 1, soft=[(x, (1, 0, ob))])
                    if av:
                        emit(f'q{q} gets available(a{a}), bids {bid or ()}', 1, soft=[(x, (0, 1, bid or ob))])
                        if 'fail' in ev:
                            emit(f'q{q} gets available(a{a}) (and again later), bids {bid or ()}', 0, soft=[(x, (1, 1, bid or ob))])
                            emit(f'available(a{a}) to q{q} lost', 0, soft=[(x, (0, view, ob))])
                    if ob and 'fail' in ev: emit(f'bid of q{q} to a{a} lost, or failover of a{a}', 0, soft=[(x, (av, view, None))])
        # --- forced recovery
        if s.rec:
            s.recoveries(st, out)
            for i in range(s.nch):
                for j, m in enumerate(ch[i]):
                    if m is MARK: s.recovered(st, i, j, out)
        # --- deliveries
        emit0 = emit
        for i in range(s.nch):
            if not ch[i]: continue
            dead = (i < s.CQ and s.down is not None and i % s.Ag == s.down) or (s.downq is not None and s.downq == (
                i % (s.Q * s.Ag) // s.Ag if i < s.CQ else (i - s.CQ) % (s.Q * s.Cn) // s.Cn))
            emit = (lambda label, coop, **kw: emit0(label, 0, **kw)) if dead else emit0
            for j in range(len(ch[i]) if v['bug_nofifo'] and i < s.Q * s.Ag else 1):
                if s.v['bug_marklate'] and i < s.AQ: j = next((y for y, m in enumerate(ch[i]) if m is not MARK), j)
                m = ch[i][j]
                if m is MARK: continue
                if i < s.AQ: s.to_agent(st, i // s.Ag, i % s.Ag, m, i, j, emit)
                elif i < s.CQ: s.to_queue(st, (i - s.AQ) // s.Ag, (i - s.AQ) % s.Ag, m, i, emit)
                elif i < s.QC: s.from_conv(st, (i - s.CQ) // s.Cn, (i - s.CQ) % s.Cn, m, i, emit)
                else: s.to_conv(st, (i - s.QC) // s.Cn, (i - s.QC) % s.Cn, m, i, emit)
        return out

    def to_agent(s, st, q, a, m, i, j, emit):
        convs, qs, ags, ch, sf = st
        onq, nr, res = ags[a]
        o, c, n, k = m[:4]
        back = s.aq(a, q)
        lab = f'a{a} gets {o}(c{c}.{n},{k}) from q{q}'

        def ring(r2, label, extra=()):
            # history bit "rung" lives with the queue's current attempt: the desktop may have shown offer (c,n,k)
            e = qs[q][c]
            qq = [(q, c, e[:4] + (1,))] if e and e[0] == n and e[3] == k and e[1] in (H, A) and e[2] == a else None
            emit(label + ': reserved, rings', 1, q=qq, ag=(a, (onq, nr, tuple(sorted(r2)))), pop=i, popi=j, sends=list(extra) + [(back, ('ringing', c, n, k))])

        if o == 'reserve':
            own = [x for x in res if x[0] == c and x[1] == n and x[2] == AW]
            aw = [x for x in res if x[2] == AW and x[0] > c]           # ungranted awards of lower rank
            have = {(y[0], y[1]) for y in res}
            bids = sorted({b for p in range(s.Q) for b in sf[p * s.Ag + a][2] or ()} - have) if s.soft else []
            hi = [x for x in bids if x < (c, n) and s.queue_of(*x) != q]
            if s.avail(ags[a]) and not own and s.cap > len(res) and len(hi) >= s.cap - len(res):
                if not s.v['cmp']: raise Bad(f'P4: {lab}: rings although the higher bid c{hi[0][0]} is in hand')
                c2, n2 = hi[0]; r = s.next_r(st, a)
                emit(lab + f': refused, takes the higher bid c{c2}.{n2} with award r{r}', 1, ag=(a, (onq, nr, tuple(sorted(res + ((c2, n2, AW, r),))))), pop=i, popi=j,
                     soft=[(p * s.Ag + a, (*sf[p * s.Ag + a][:2], s.left(sf[p * s.Ag + a][2], (c2, n2), len(res) + 1))) for p in range(s.Q)],
                     sends=[(back, ('refused', c, n, k)), (s.aq(a, s.queue_of(c2, n2)), ('award', c2, n2, r))])
            elif s.avail(ags[a]) and own and s.v['tie']:
                ring(tuple(x for x in res if x not in own) + ((c, n, RG, k),), lab + ' takes the place of its own award')
            elif s.avail(ags[a]) and not own and len(res) < s.cap:
                ring(res + ((c, n, RG, k),), lab)
            elif s.avail(ags[a]) and not own and aw:
                w = max(aw)
                ring(tuple(x for x in res if x != w) + ((c, n, RG, k),), lab + f' beats award c{w[0]}.{w[1]}')
            else:
                emit(lab + ': refused', 1, pop=i, popi=j, sends=[(back, ('refused', c, n, k))])
        elif o == 'free':
            hit = [x for x in res if x[0] == c and x[1] == n and x[2] in (RG, CN) and x[3] == k]
            if not hit:
                emit(lab + ' (nothing to free)', 1, pop=i, popi=j)
            else:
                x = hit[0]
                r2 = tuple(y for y in res if y != x)
                if m[4] == 'end' and 'wrap' in s.ev: r2 = tuple(sorted(r2 + ((c, n, WR, 0),)))
                emit(lab + f' {m[4]}', 1, ag=(a, (onq, 1 if m[4] == 'rona' else nr, r2)), pop=i, popi=j)
        elif o == 'connected':
            r2 = tuple(sorted((y[0], y[1], CN, y[3]) if (y[0], y[1], y[3]) == (c, n, k) and y[2] == RG else y for y in res))
            emit(lab, 1, ag=(a, (onq, nr, r2)), pop=i, popi=j)
        elif o == 'granted':
            r = m[4]
            w = [x for x in res if x[2] == AW and x[3] == r]
            if w and s.avail(ags[a]):
                ring(tuple(x for x in res if x != w[0]) + ((c, n, RG, k),), lab)
            else:
                r2 = tuple(x for x in res if x not in w)
                emit(lab + ' too late: release', 1, ag=(a, (onq, nr, r2)), pop=i, popi=j,
                     sends=[] if s.v['bug_release'] else [(back, ('release', c, n, k))])
        elif o == 'gone':
            r2 = tuple(x for x in res if not (x[2] == AW and x[3] == k))
            emit(lab, 1, ag=(a, (onq, nr, r2)), pop=i, popi=j)

    def to_queue(s, st, q, a, m, i, emit):
        convs, qs, ags, ch, sf = st
        o, c, n, x = m
        e = qs[q][c]
        cur = e and e[0] == n and e[2] == a and e[3] == x
        lab = f'q{q} gets {o}(c{c}.{n},{x}) from a{a}'
        out = s.qa(q, a)
        if o == 'refused' and cur and e[1] == H:
            emit(lab, 1, q=[(q, c, (n, W, -1, x, 0))], pop=i)
        elif o == 'ringing' and cur and e[1] == H:
            emit(lab, 1, q=[(q, c, (n, A, a, x, e[4]))], pop=i)
        elif o == 'release' and cur and e[1] in (H, A):
            emit(lab, 1, q=[(q, c, (n, W, -1, x, 0))], pop=i)
        elif o == 'decline' and cur and e[1] in (H, A):
            emit(lab, 1, q=[(q, c, (n, W, -1, x, 0))], pop=i, sends=[(out, ('free', c, n, x, 'off'))])
        elif o == 'award':
            b = s.best(qs[q])
            good = e and e[0] == n and e[1] == W
            if good or (s.v['bug_late'] and e and e[0] == n and e[1] in (H, A)):
                if b != c and b >= 0:
                    if not s.v['subst']: raise Bad(f'I7: {lab}: grants c{c} while the higher c{b} waits in the same queue')
                    c2 = b
                else: c2 = c
                n2, _, _, k2, _ = qs[q][c2]
                emit(lab + f': grants c{c2}.{n2}', 1, q=[(q, c2, (n2, H if s.v['ringack'] else A, a, k2 + 1, 0))], pop=i,
                     sends=[(out, ('granted', c2, n2, k2 + 1, x))])
            else:
                emit(lab + ': gone', 1, pop=i, sends=[(out, ('gone', c, n, x))], soft=s.soft and b >= 0 and [(q * s.Ag + a, (*sf[q * s.Ag + a][:2], ((b, qs[q][b][0]),)))])
        else:
            emit(lab + ' (stale, ignored)', 1, pop=i)

    def from_conv(s, st, q, c, m, i, emit):
        convs, qs, ags, ch, sf = st
        e = qs[q][c]
        if m[0] == 'enqueue':
            if e: raise Bad(f'I1: q{q} enqueues c{c}.{m[1]} while c{c}.{e[0]} is live')
            emit(f'q{q} enqueues c{c}.{m[1]}', 1, q=[(q, c, (m[1], W, -1, 0, 0))], pop=i)
        else:
            n, kind = m[1], m[2]
            lab = f'q{q} gets withdraw(c{c}.{n},{kind})'
            if e and e[0] == n and e[1] == C and kind == 'M' and s.v['cond']:
                emit(lab + ': tooLate', 1, pop=i, sends=[(s.qc(q, c), ('tooLate', n))])
            elif e and e[0] == n:
                if e[1] == C and kind == 'M': raise Bad(f'I3: {lab}: moves a ticket away from the agent whose accept was answered 200')
                sends = [(s.qc(q, c), ('withdrawn', n))]
                if e[1] in (H, A, C): sends.append((s.qa(q, e[2]), ('free', c, n, e[3], 'end' if e[1] == C else 'off')))
                emit(lab, 1, q=[(q, c, None)], pop=i, sends=sends)
            elif MARK in ch[i] or s.closed_before(st, q, c, n): emit(lab + ': closed before, ignored', 1, pop=i)
            else: raise Bad(f'I4: {lab}: unknown ticket, and no answer is under way')

    def to_conv(s, st, q, c, m, i, emit):
        convs, qs, ags, ch, sf = st
        ph, n, pend, want, own = convs[c]
        o = m[0]
        lab = f'c{c} gets {o}({m[1]}) from q{q}'
        if ph == 3: raise Bad(f'I4: {lab}, which knows nothing of it')
        if o == 'connected':
            emit(lab, 1, cv=(c, (ph, n, pend, want, m[2] if m[1] == n else own)), pop=i)
        elif o == 'withdrawn':
            if m[1] != n: emit(lab, 1, pop=i)
            elif want: emit(lab + ': ended', 1, cv=(c, (2, n, 0, 1, -1)), pop=i)
            else:
                n2 = s.next_ticket(n, pend)
                emit(lab + ': next ticket', 1, cv=(c, (1, n2, 0, 0, -1)), pop=i, sends=[(s.cq(c, s.queue_of(c, n2)), ('enqueue', n2))])
        elif want:
            emit(lab + ': then end', 1, cv=(c, (1, n, 'E', 1, own)), pop=i, sends=[(s.cq(c, q), ('withdraw', n, 'E'))])
        else:
            emit(lab, 1, cv=(c, (1, n, 0, 0, own)), pop=i)

    # ---------------------------------------------------------------- properties
    def check(s, st):
        convs, qs, ags, ch, sf = st
        for a, (onq, nr, res) in enumerate(ags):
            if len(res) > s.cap: return f'I2: agent a{a} uses {len(res)} of {s.cap} slots'
        for c in range(s.Cn):
            live = [qs[q][c] for q in range(s.Q) if qs[q][c]]
            if len(live) > 1: return f'I1: conversation c{c} has two live tickets'
            if sum(1 for e in live if e[1] == C) > 1: return f'I1: conversation c{c} has two owners'
            rg = sum(1 for ag in ags if any(x[0] == c and x[2] == RG for x in ag[2]))
            if rg > s.rings: s.rings = rg
            ow = sum(1 for ag in ags if any(x[0] == c and x[2] == CN for x in ag[2]))
            if ow > s.owners: s.owners = ow
            if convs[c][0] == 1 and convs[c][4] >= 0 and not any(e[1] == C and e[2] == convs[c][4] for e in live) and not ch[s.qc(s.queue_of(c, convs[c][1]), c)]:
                return f'I1: c{c} believes in owner a{convs[c][4]}, its queue does not'
        for q in range(s.Q):
            for c, e in enumerate(qs[q]):
                if not e: continue
                n, stt, a, k, rung = e
                if stt == C or (stt in (H, A) and rung):
                    if not any((x[0], x[1], x[3]) == (c, n, k) and x[2] in (RG, CN) for x in ags[a][2]) and not (
                            'direct' in s.ev and stt == C and s.over(convs, c, n, a)) and not s.suspended(st, q, c, a):
                        return f'I3: c{c}.{n} is {"connected" if stt == C else "acceptable"} at a{a}, which holds no slot for it'
            for a in range(s.Ag):                     # pairwise quiescence: both logs agree exactly
                if not ch[s.qa(q, a)] and not ch[s.aq(a, q)]:
                    mine = {(c, e[0], e[3]) for c, e in enumerate(qs[q]) if e and e[1] != W and e[2] == a}
                    if any(x[2] == AW and s.queue_of(x[0], x[1]) == q for x in ags[a][2]): return f'I4: a{a} keeps an award that q{q} will never answer'
                    his = {(x[0], x[1], x[3]) for x in ags[a][2] if x[2] in (RG, CN) and s.queue_of(x[0], x[1]) == q}
                    if his - mine: return f'I4: leaked slot at a{a} for {sorted(his - mine)} of q{q}'
                    if any(not ('direct' in s.ev and qs[q][x[0]][1] == C and s.over(convs, x[0], x[1], a)) for x in mine - his): return f'I4: stuck reservation at q{q} for a{a}: {sorted(mine - his)}'
                    if any(e and e[1] == H and e[2] == a for e in qs[q]): return f'I4: q{q} waits for an answer of a{a} that is not under way'
        for c, (ph, n, pend, want, own) in enumerate(convs):
            if ph and all(not ch[s.cq(c, q)] and not ch[s.qc(q, c)] for q in range(s.Q)):
                live = [(q, qs[q][c]) for q in range(s.Q) if qs[q][c]]
                if ph == 1 and (len(live) != 1 or live[0][1][0] != n or live[0][0] != s.queue_of(c, n)): return f'I4: ticket c{c}.{n} is lost'
                if ph >= 2 and live: return f'I4: c{c} {"ended" if ph == 2 else "is unknown"} but stands in a line'
                if ph == 1 and pend: return f'I4: c{c} waits for a reply that never comes'
                if ph == 1 and live[0][1][1] == C and own != live[0][1][2]: return f'I4: c{c} does not know its owner'
        return s.reused(st) if s.rec else None

    def good(s, st):
        convs, qs, ags, ch, sf = st
        for i in range(s.nch):
            qi = i % (s.Q * s.Ag) // s.Ag if i < s.CQ else (i - s.CQ) % (s.Q * s.Cn) // s.Cn
            if ch[i] and qi != s.downq and not (i < s.CQ and s.down is not None and i % s.Ag == s.down): return False
        for q in range(s.Q):
            if q == s.downq: continue
            if any(e and e[1] == H for e in qs[q]): return False
            if s.best(qs[q]) >= 0 and any(
                    s.avail(ags[a]) and sum(1 for x in ags[a][2] if x[2] != AW or s.queue_of(x[0], x[1]) != s.downq) < s.cap for a in s.members[q] if a != s.down): return False
        return True


def explore(m, limit=10**9, live=True, tmax=1e9):
    t0 = time.time()
    init = m.initial()
    index = {init: 0}; states = [init]; parent = [(-1, '')]; coop = []; goods = bytearray()
    trans = 0; bad = None; i = 0
    def trace(i, last=''):
        t = [last] if last else []
        while i > 0: t.append(parent[i][1]); i = parent[i][0]
        return t[::-1]
    while i < len(states):
        st = states[i]
        err = m.check(st)
        if err: bad = (err, trace(i)); break
        try: nxt = m.succ(st)
        except Bad as b: bad = (str(b), trace(i)); break
        cs = []
        for label, cp, ns in nxt:
            trans += 1
            j = index.get(ns)
            if j is None:
                j = index[ns] = len(states); states.append(ns); parent.append((i, label))
            if cp: cs.append(j)
        if live:
            coop.append(tuple(cs)); goods.append(1 if m.good(st) else 0)
        states[i] = None if not live else st
        i += 1
        if i >= limit or time.time() - t0 > tmax: break
    complete = i == len(states)
    res = dict(states=i, transitions=trans, secs=time.time() - t0, complete=complete, bad=bad, rings=m.rings, owners=m.owners, live=None)
    if bad or not live or not complete: return res
    # I5: every maximal coop run from every state ends good  <=>  peel states all of whose coop successors are settled
    n = len(states); pred = [[] for _ in range(n)]; deg = [0] * n
    settled = bytearray(n); work = deque()
    for x in range(n):
        if goods[x]: settled[x] = 1; work.append(x)
        else:
            u = set(coop[x]); deg[x] = len(u)
            for y in u: pred[y].append(x)
            if not u: res['live'] = ('dead end', trace(x), states[x]); return res
    some = bytearray(settled); w2 = deque(work)
    while work:
        y = work.popleft()
        for x in pred[y]:
            deg[x] -= 1
            if deg[x] == 0 and not settled[x]: settled[x] = 1; work.append(x)
    while w2:
        y = w2.popleft()
        for x in pred[y]:
            if not some[x]: some[x] = 1; w2.append(x)
    res['good'] = sum(goods)
    if not all(some):
        x = next(x for x in range(n) if not some[x]); res['live'] = ('no way to progress', trace(x), states[x])
    elif not all(settled):
        x = next(x for x in range(n) if not settled[x])
        res['live'] = (f'possible under fairness; {n - sum(settled)} states can also cycle', trace(x), states[x])
    else: res['live'] = ('inevitable', None, None)
    return res


ALL = ('end', 'giveup', 'timeout', 'decline', 'presence', 'stale', 'wrap', 'dropaward', 'direct')
MOVE = ('move',)
BASIC = ('end', 'giveup', 'timeout', 'decline')
CORE = BASIC + ('dropaward', 'direct')


def K(Q, Ag, *start, ev=(), **kw): return dict(Q=Q, Ag=Ag, start=start, ev=ev, **kw)


# name: (what is expected, parameters); start = first queue of each conversation, N = tickets per conversation,
# L = bound on unprocessed messages between one queue and one agent at which a new attempt may still begin
SUITE = {
    'all events, 1 queue 1 agent 1 conv': ('ok', K(1, 1, 0, ev=ALL)),
    'all events, 2 queues 1 agent 1 conv, moves': ('ok', K(2, 1, 0, N=2, ev=ALL + MOVE)),
    '1 queue 2 agents 1 conv': ('ok', K(1, 2, 0, ev=('end', 'giveup', 'timeout', 'stale', 'dropaward'))),
    '2 queues 1 agent 2 conv, stale bids': ('ok', K(2, 1, 0, 1, ev=('giveup', 'end', 'stale'))),
    '2 queues 2 agents, moves to an own line': ('ok', K(2, 2, 0, N=2, L=1, members=[(0, 1), (1,)], ev=CORE + ('stale',) + MOVE)),
    '2 queues 1 agent of capacity 2, 2 conv': ('ok', K(2, 1, 0, 1, cap=2, L=1, ev=('giveup', 'end', 'timeout', 'dropaward'))),
    'agent leaderless for ever': ('ok', K(1, 2, 0, ev=('giveup', 'timeout', 'stale', 'dropaward'), down=1)),
    'queue leaderless for ever': ('ok', K(2, 1, 0, 1, L=1, ev=('giveup', 'end', 'stale', 'dropaward'), downq=0)),
    '2 queues 2 agents 1 conv, transfers, wrap-up': ('ok', K(2, 2, 0, N=2, L=1, ev=CORE + ('wrap',) + MOVE)),
    '2 queues 2 agents 2 conv': ('ok', K(2, 2, 0, 1, L=1, ev=('giveup',))),
    '1 queue 3 agents 1 conv (rings)': ('ok', K(1, 3, 0, ev=('giveup', 'timeout', 'end'))),
    'without status?': ('ok', K(2, 1, 0, N=2, ev=ALL + MOVE, status=0)),
    'soft explicit, 1 queue 2 agents 1 conv': ('ok', K(1, 2, 0, L=3, ev=('soft',))),
    'soft explicit, 2 queues 1 agent 2 conv': ('ok', K(2, 1, 0, 1, L=3, ev=('soft',))),
    'soft explicit, capacity 2': ('ok', K(2, 1, 0, 1, cap=2, L=3, ev=('soft',))),
    'soft explicit, capacity 2, both in one queue': ('ok', K(2, 1, 0, 0, cap=2, L=3, ev=('soft',))),
    'soft explicit, capacity 2, two in one queue and one beside': ('ok', K(2, 1, 0, 1, 0, cap=2, L=2, ev=('soft',))),
    'soft explicit with loss and failover': ('ok', K(2, 1, 0, 1, L=2, ev=('soft', 'fail'))),
    'soft, loss, failover, all events': ('ok', K(1, 1, 0, L=3, ev=('soft', 'fail') + tuple(x for x in ALL if x != 'stale'))),
    'text: award granted though a higher ticket waits': ('I7', K(1, 1, 0, 0, ev=('end',), subst=0)),
    'text: reserve loses against own award for that ticket': ('cycle', K(1, 1, 0, L=3, ev=('soft',), tie=0)),
    'text: alert timer runs from the grant': ('RONA', K(1, 1, 0, ev=ALL, ringack=0)),
    'text: move of a waiting ticket is unconditional': ('I3', K(2, 1, 0, N=2, ev=ALL + MOVE, cond=0)),
    'text: reserve ignores higher bids in hand': ('P4', K(2, 1, 0, 1, L=3, ev=('soft',), cmp=0)),
    'text: ungranted award kept for a leaderless queue': ('dead end', K(2, 1, 0, 1, L=1, ev=('stale',), downq=0)),
    'bug: agent frees by its own clock': ('I3', K(1, 1, 0, ev=ALL, bug_agentclock=1)),
    'bug: agent going off queue frees at once': ('I3', K(1, 1, 0, ev=ALL, bug_freeoff=1)),
    'bug: accept in held by somebody who was not rung': ('I3', K(1, 1, 0, ev=ALL, bug_unseen=1)),
    'bug: award takes an offered ticket': ('I4', K(1, 2, 0, ev=ALL, bug_late=1)),
    'bug: stream queue to agent unordered': ('I4', K(1, 1, 0, ev=ALL, bug_nofifo=1)),
    'bug: late grant not released': ('I4', K(1, 1, 0, ev=ALL, bug_release=1)),
    'bug: next ticket before withdrawn': ('I1', K(2, 1, 0, N=2, ev=ALL + MOVE, bug_nextearly=1)),
    # forced recovery: rec = how often (queues, agents, conversations) may lose their log
    'recovery: 1/1/1 all events, each once': ('ok', K(1, 1, 0, ev=ALL, rec=(1, 1, 1))),
    'recovery: 1/1/1, queue and agent twice': ('ok', K(1, 1, 0, ev=CORE + ('wrap',), rec=(2, 2, 0))),
    'recovery: 2/1/1 moves, wrap-up, each once': ('ok', K(2, 1, 0, N=2, L=1, ev=CORE + ('wrap',) + MOVE, rec=(1, 1, 1))),
    'recovery: 2/1/1 moves, wrap-up, both queues or one twice': ('ok', K(2, 1, 0, N=2, L=1, ev=CORE + ('wrap',) + MOVE, rec=(2, 0, 0))),
    'recovery: 1/2/1 each once': ('ok', K(1, 2, 0, L=1, ev=BASIC, rec=(1, 1, 1))),
    'recovery: 1/2/1 queue twice': ('ok', K(1, 2, 0, L=1, ev=BASIC, rec=(2, 0, 0))),
    'recovery: 1/2/1 both agents or one twice': ('ok', K(1, 2, 0, L=1, ev=BASIC, rec=(0, 2, 0))),
    'recovery: 2/1/2 a queue': ('ok', K(2, 1, 0, 1, L=1, ev=('giveup', 'end'), rec=(1, 0, 0))),
    'recovery: 2/1/2 the agent': ('ok', K(2, 1, 0, 1, L=1, ev=('giveup', 'end'), rec=(0, 1, 0))),
    'recovery: 1/1/2 queue and agent': ('ok', K(1, 1, 0, 0, L=1, ev=BASIC, rec=(1, 1, 0))),
    'text: I3 also before the queue knows of the recovery': ('I3', K(1, 1, 0, ev=ALL, rec=(0, 1, 0), strict=1)),
    'text: the lost ticket keeps its number': ('I8', K(1, 1, 0, ev=ALL, rec=(1, 0, 0), bug_sameticket=1)),
    'bug: new queue processes what the old one was sent': ('I4', K(1, 1, 0, ev=ALL, rec=(1, 0, 0), bug_oldepoch='queue')),
    'bug: new agent processes what the old one was sent': ('I4', K(1, 1, 0, ev=ALL, rec=(0, 1, 0), bug_oldepoch='agent')),
    'bug: unknown conversation gets old messages': ('I4', K(1, 1, 0, ev=ALL, rec=(0, 0, 1), bug_oldepoch='conversation')),
    'bug: message of the old queue after recovered': ('I4', K(1, 1, 0, ev=ALL, rec=(1, 0, 0), bug_oldsource=1)),
    'bug: message of the new queue before recovered': ('I3', K(1, 2, 0, L=2, ev=CORE, rec=(1, 0, 0), bug_marklate=1)),
    'bug: agent keeps slots of a recovered queue': ('I4', K(1, 1, 0, ev=ALL, rec=(1, 0, 0), bug_keepslots=1)),
    'bug: agent keeps awards to a recovered queue': ('I4', K(1, 1, 0, ev=ALL, rec=(1, 0, 0), bug_keepaward=1)),
    'bug: queue keeps tickets at a recovered agent': ('I4', K(1, 1, 0, ev=ALL, rec=(0, 1, 0), bug_keeptickets=1)),
    'bug: queue closes a lost ticket without withdrawn': ('I1', K(1, 1, 0, ev=('giveup', 'timeout'), rec=(0, 1, 0), bug_nolost=1)),
    'bug: queue keeps tickets of an unknown conversation': ('I4', K(1, 1, 0, ev=ALL, rec=(0, 0, 1), bug_keepunknown=1)),
    'bug: conversation does not re-issue': ('I4', K(1, 1, 0, ev=ALL, rec=(1, 0, 0), bug_noreissue=1)),
    'bug: attempts count from 0 after an agent recovered': ('I8', K(1, 2, 0, L=2, ev=('giveup',), rec=(0, 1, 0), bug_zero=1)),
}
CONFIGS = {
    'N3': K(2, 1, 0, N=3, ev=ALL + MOVE),
    'ALL12': K(1, 2, 0, ev=ALL),
    'ALL212': K(2, 1, 0, 1, ev=ALL),
    'CAP2': K(2, 1, 0, 1, cap=2, ev=CORE + ('stale', 'wrap')),
    'MOVE22': K(2, 2, 0, N=2, L=1, ev=CORE + ('wrap',) + MOVE),
    'FULL222': K(2, 2, 0, 1, L=2, ev=('giveup',)),
    'END222': K(2, 2, 0, 1, L=1, ev=('giveup', 'end')),
    'MOVE212': K(2, 1, 0, 1, N=2, L=1, ev=CORE[:-1] + MOVE),
    'ONE22': K(1, 2, 0, 0, ev=('giveup', 'end', 'timeout')),
    'RINGS3': K(1, 3, 0, ev=('giveup', 'timeout', 'end')),
    'SOFT213': K(2, 1, 0, 1, 1, L=3, ev=('soft',)),
    'SOFT313CAP2': K(3, 1, 0, 1, 2, cap=2, L=1, ev=('soft',)),
    'SOFT222': K(2, 2, 0, 1, L=2, ev=('soft',)),
    'DOWN122': K(1, 2, 0, 0, L=1, ev=('giveup', 'end', 'timeout', 'stale', 'dropaward'), down=1),
    'REC111': K(1, 1, 0, ev=ALL, rec=(2, 2, 1)),
    'REC121': K(1, 2, 0, L=1, ev=CORE + ('wrap',), rec=(2, 1, 0)),
    'REC212': K(2, 1, 0, 1, L=1, ev=('giveup', 'end'), rec=(1, 1, 0)),
    'REC221': K(2, 2, 0, N=2, L=1, ev=BASIC + MOVE, rec=(1, 1, 0)),
    'RECCAP2': K(1, 1, 0, 0, cap=2, L=1, ev=('end', 'giveup', 'timeout'), rec=(1, 1, 1)),
}


def walk(seconds, seed=1):
    """Random walks where exhaustion is out of reach: 2 queues, 2 agents, 3 conversations, all events, soft state explicit, loss and failover, or forced recoveries.
    Each walk is closed by random coop steps, which must reach a good state."""
    import random
    rnd, t0, steps, walks = random.Random(seed), time.time(), 0, 0
    while time.time() - t0 < seconds:
        soft = rnd.choice(((), ('soft', 'fail')))
        rec = None if soft else rnd.choice((None, (1, 1, 0), (3, 3, 1)))
        m = Model(Q=2, Ag=2, rec=rec, start=tuple(rnd.randrange(2) for _ in range(3)), cap=rnd.choice((1, 1, 2, 3)), N=rnd.choice((1, 2, 4)), L=rnd.choice((2, 3, 5)),
                  members=rnd.choice((None, None, [(0, 1), (1,)])), ev=ALL + MOVE + soft)
        st, log, err = m.initial(), [], None
        for i in range(rnd.choice((50, 200, 500)) + 4000):
            err = m.check(st)
            if err: break
            try: nxt = m.succ(st)
            except Bad as b: err = str(b); break
            if i >= 4000 or (len(log) >= 50 and rnd.random() < 0.004): break
            label, _, st = rnd.choice(nxt); log.append(label); steps += 1
        for i in range(4000):
            if err or m.good(st): break
            nxt = [x for x in m.succ(st) if x[1]]
            if not nxt: err = 'I5: dead end'; break
            label, _, st = rnd.choice(nxt); log.append(label); steps += 1
            err = m.check(st)
        else: err = 'I5: 4000 coop steps without reaching a good state'
        walks += 1
        if err: print(f'walk {walks}: {err}\n      ' + '\n      '.join(log)); return 1
    print(f'random walks, 2 queues 2 agents 3 conv, all events: {walks} walks, {steps} steps, no violation')
    return 0


def run(item):
    name, want, k, tmax = item
    r = explore(Model(**k), tmax=tmax)
    bad, live = r['bad'], r['live']
    if bad: got = bad[0].split(':')[0]
    elif not r['complete']: got = 'incomplete'
    elif live[0] == 'inevitable': got = 'ok'
    elif live[0] == 'dead end': got = 'dead end'
    else: got = 'cycle' if 'cycle' in live[0] else 'stuck'
    return name, want, got, r


def show(name, want, got, r, verbose):
    v = {'ok': 'holds: safety, progress inevitable', 'incomplete': 'no violation found, NOT exhaustive'}.get(got, 'violated: ' + (r['bad'][0] if r['bad'] else 'I5: ' + r['live'][0]))
    mark = '' if want is None else 'as expected ' if want == got else 'UNEXPECTED  '
    print(f"{mark}{name:56s} {r['states']:8d} states {r['transitions']:9d} steps {r['secs']:6.1f} s  {v}  (rings {r['rings']}, owner views {r['owners']})", flush=True)
    if verbose or want not in (None, got):
        for l in (r['bad'][1] if r['bad'] else (r['live'] or (0, None))[1] or ()): print('      ' + l)


def main(argv):
    if argv[:1] == ['big']:
        for n in argv[1:] or CONFIGS: show(*run((n, None, CONFIGS[n], 900)), True)
        return 0
    if argv[:1] == ['walk']: return walk(float(argv[1]) if argv[1:] else 60, int(argv[2]) if argv[2:] else 1)
    from concurrent.futures import ProcessPoolExecutor
    t0 = time.time()
    with ProcessPoolExecutor() as ex:
        res = list(ex.map(run, [(n, w, k, 100) for n, (w, k) in SUITE.items()]))
    for x in res: show(*x, '-v' in argv)
    odd = [x[0] for x in res if x[1] != x[2]]
    print(f"{sum(x[3]['states'] for x in res)} states, {sum(x[3]['transitions'] for x in res)} steps, {time.time() - t0:.0f} s; unexpected verdicts: {odd or 'none'}")
    return 1 if odd else 0


if __name__ == '__main__':
    sys.exit(main(sys.argv[1:]))
