internal import Primitives

/// Failure detection: direct probes, probes by way of others, and what a failed one means.
extension Swim {
    mutating func probe(_ target: NodeID, at now: Instant) {
        counters.probes += 1
        lastNumber += 1
        let isLinked = links.contains(target)
        let askHelpersAt = isLinked ? now + health.scaled(settings.probeTimeout) : now
        probes[lastNumber] = Probe(
            target: target, askHelpersAt: askHelpersAt, until: askHelpersAt + health.scaled(settings.indirectTimeout))
        guard isLinked else { return lookAtProbes(now) }
        send(GossipMessage(.ping(number: lastNumber), news: takeNews(for: target)), to: target)
    }

    mutating func lookAtProbes(_ now: Instant) {
        for number in probes.keys.sorted() {
            guard var probe = probes[number] else { continue }
            if now >= probe.until {
                probes[number] = nil
                failed(probe, at: now)
            } else if now >= probe.askHelpersAt, probe.asked == nil {
                let target = probe.target
                let helpers = choose(settings.helpers) { $0.status == .alive && $0.id != target }
                for helper in helpers {
                    send(
                        GossipMessage(.pingRequest(number: number, target: target), news: takeNews(for: helper)),
                        to: helper)
                }
                probe.asked = helpers.count
                probes[number] = probe
                failEarly(number, at: now)
            }
        }
    }

    private mutating func failed(_ probe: Probe, at now: Instant) {
        counters.failedProbes += 1
        if settings.isLifeguard {
            // Helpers that say nothing at all are a sign that this node is the one that hears nobody.
            let asked = probe.asked ?? 0
            health.worsen(by: asked > 0 ? asked - probe.nacks : links.contains(probe.target) ? 1 : 0)
        }
        accuse(probe.target, at: now)
    }

    /// This node itself has no answer from a member.
    mutating func accuse(_ target: NodeID, at now: Instant) {
        guard let member = members[target], member.status.takesPart else { return }
        if suspicions[target]?.accusers.contains(id) != true { counters.suspicions += 1 }
        apply(MemberNews(target, incarnation: member.incarnation, .suspect(by: id)), at: now)
    }

    mutating func acknowledged(_ number: UInt64, by peer: NodeID, at now: Instant) {
        if let relay = relays[number], relay.target == peer {
            relays[number] = nil
            send(GossipMessage(.ack(number: relay.number), news: takeNews(for: relay.requester)), to: relay.requester)
            return
        }
        // From the target itself or from a helper.
        guard let probe = probes[number], probe.target == peer || probe.asked != nil else { return }
        probes[number] = nil
        health.improve()
    }

    mutating func denied(_ number: UInt64, at now: Instant) {
        guard let asked = probes[number]?.asked, let nacks = probes[number]?.nacks, nacks < asked else { return }
        probes[number]?.nacks = nacks + 1
        failEarly(number, at: now)
    }

    /// Without a connection, and when nobody else has an answer either, there is nothing to wait for.
    private mutating func failEarly(_ number: UInt64, at now: Instant) {
        guard let probe = probes[number], probe.nacks == probe.asked, !links.contains(probe.target) else { return }
        probes[number] = nil
        failed(probe, at: now)
    }

    /// Somebody has no answer from `target` and asks this node to try.
    mutating func relay(_ number: UInt64, to target: NodeID, for requester: NodeID, at now: Instant) {
        guard links.contains(target), relays.count < Self.relaysLimit else {
            if settings.isLifeguard { send(GossipMessage(.nack(number: number)), to: requester) }
            return
        }
        lastNumber += 1
        // Early enough for the nack to arrive before the requester gives up.
        relays[lastNumber] = Relay(
            requester: requester, number: number, target: target,
            nackAt: now + Span(microseconds: settings.indirectTimeout.microseconds * 6 / 10))
        send(GossipMessage(.ping(number: lastNumber), news: takeNews(for: target)), to: target)
    }

    mutating func lookAtRelays(_ now: Instant) {
        for number in relays.keys.sorted() {
            guard let relay = relays[number], now >= relay.nackAt else { continue }
            relays[number] = nil
            if settings.isLifeguard { send(GossipMessage(.nack(number: relay.number)), to: relay.requester) }
        }
    }

    /// A connection that broke and does not come back is looked into at once: others may still have theirs.
    mutating func lookAtLost(_ now: Instant) {
        for peer in lost.keys.sorted() {
            guard let since = lost[peer], now - since >= health.scaled(settings.grace) else { continue }
            lost[peer] = nil
            if members[peer]?.status.takesPart ?? false { probe(peer, at: now) }
        }
    }

    mutating func lookAtSuspicions(_ now: Instant) {
        for target in suspicions.keys.sorted() {
            noteConfirmed(target)
            guard let suspicion = suspicions[target], now >= suspicion.deadline, let member = members[target] else {
                continue
            }
            apply(MemberNews(target, incarnation: member.incarnation, .dead(by: id)), at: now)
        }
    }
}
