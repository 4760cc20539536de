public import Primitives

/// Messages, and what their news change in the view (SWIM, section 4.2: which word overrides which).
extension Swim {
    /// A message of an authenticated peer.
    public mutating func receive(_ message: GossipMessage, from peer: NodeID, at now: Instant) {
        guard peer != id else { return }
        for word in message.news { apply(word, at: now) }
        switch message.body {
        case .ping(let number):
            send(GossipMessage(.ack(number: number), news: takeNews(for: peer)), to: peer)
        case .ack(let number): acknowledged(number, by: peer, at: now)
        case .nack(let number): denied(number, at: now)
        case .pingRequest(let number, let target): relay(number, to: target, for: peer, at: now)
        case .gossip: break
        case .sync(let members, let wantsAnswer):
            merge(members, from: peer, at: now)
            if wantsAnswer { sync(with: peer, wantsAnswer: false) }
        }
    }

    mutating func sync(with peer: NodeID, wantsAnswer: Bool) {
        var known = [ownNews()]
        known += others.map { member in
            let word: MemberNews.Word =
                switch member.status {
                case .alive: .alive(member.metadata)
                case .suspect: .suspect(by: suspicions[member.id]?.accusers.first ?? id)
                case .dead: .dead(by: id)
                case .left: .left
                }
            return MemberNews(member.id, incarnation: member.incarnation, word)
        }
        send(GossipMessage(.sync(members: known, wantsAnswer: wantsAnswer), news: takeNews(for: peer)), to: peer)
    }

    private mutating func merge(_ known: [MemberNews], from peer: NodeID, at now: Instant) {
        for var word in known {
            // Who was away may hold somebody for dead who is not: that one gets time to refute.
            if case .dead = word.word, word.member != id { word.word = .suspect(by: peer) }
            apply(word, at: now)
        }
    }

    mutating func apply(_ word: MemberNews, at now: Instant) {
        guard isPlausible(word) else { return }
        if word.member == id { return hearOfOneself(word) }
        guard admitted?.contains(word.member) ?? true else { return }
        switch word.word {
        case .alive(let metadata): alive(word, metadata, at: now)
        case .suspect(let accuser): suspected(word, by: accuser, at: now)
        case .dead, .left: gone(word, at: now)
        }
    }

    /// Incarnations are times of starts in microseconds, raised by one at a time. One that is decades ahead of what is
    /// known and of the clock is nobody's, and must not lead to more of its kind.
    private func isPlausible(_ word: MemberNews) -> Bool {
        let known = word.member == id ? incarnation : members[word.member]?.incarnation ?? 0
        return word.incarnation <= max(known, UInt64(clamping: lastTick.microseconds)) + Self.incarnationLeap
    }

    private mutating func hearOfOneself(_ word: MemberNews) {
        guard !isLeaving else { return }
        switch word.word {
        case .alive: if word.incarnation > incarnation { raise(above: word.incarnation) }
        case .suspect, .dead, .left:
            guard word.incarnation >= incarnation else { return }
            counters.refutations += 1
            if settings.isLifeguard { health.worsen() }
            raise(above: word.incarnation)
        }
    }

    private mutating func alive(_ word: MemberNews, _ metadata: MemberMetadata, at now: Instant) {
        guard var member = members[word.member] else {
            guard members.count < settings.membersLimit else { return }
            let member = Member(
                id: word.member, incarnation: word.incarnation, status: .alive, metadata: metadata, since: now)
            members[member.id] = member
            roster.insert(member.id, at: roster.firstIndex { member.id < $0 } ?? roster.count)
            order.insert(member.id, random: &random)
            note(.joined, member)
            return tell(word)
        }
        guard word.incarnation > member.incarnation else { return repeatAccusation(of: member) }
        let before = member.status
        member.incarnation = word.incarnation
        member.metadata = metadata
        if before != .alive {
            member.status = .alive
            member.since = now
        }
        members[member.id] = member
        suspicions[member.id] = nil
        switch before {
        case .alive: note(.updated, member)
        case .suspect:
            counters.refuted += 1
            note(.refuted, member)
        case .dead, .left: note(.joined, member)
        }
        tell(word)
    }

    /// Somebody still takes a member for alive in an incarnation that is accused here: the accusation has to reach that
    /// member, or it could never refute it (memberlist, issue 311).
    private mutating func repeatAccusation(of member: Member) {
        let word: MemberNews.Word
        switch member.status {
        case .alive: return
        case .suspect: word = .suspect(by: suspicions[member.id]?.accusers.first ?? id)
        case .dead: word = .dead(by: id)
        case .left: word = .left
        }
        let accusation = MemberNews(member.id, incarnation: member.incarnation, word)
        if !news.contains(accusation) { tell(accusation) }
    }

    private mutating func suspected(_ word: MemberNews, by accuser: NodeID, at now: Instant) {
        guard var member = members[word.member], member.status.takesPart, word.incarnation >= member.incarnation else {
            return
        }
        if member.status == .suspect, word.incarnation == member.incarnation, var suspicion = suspicions[member.id] {
            guard suspicion.confirm(by: accuser, own: id) else { return }
            suspicions[member.id] = suspicion
            tell(word)
        } else {
            if member.status == .alive {
                member.status = .suspect
                member.since = now
            }
            member.incarnation = word.incarnation
            members[member.id] = member
            suspicions[member.id] = Suspicion(by: accuser, members: participants, settings: settings, at: now)
            note(.suspected, member)
            tell(word)
        }
        noteConfirmed(member.id)
        seeForOneself(member.id, at: now)
    }

    /// Says once that a suspicion is confirmed, in a moment in which this node is well: the hint is worth nothing before.
    mutating func noteConfirmed(_ target: NodeID) {
        guard health.score == 0, let member = members[target], suspicions[target]?.isConfirmed == false,
            suspicions[target]?.isConfirmed(for: id) == true
        else { return }
        suspicions[target]?.isConfirmed = true
        note(.confirmed, member)
    }

    /// A few members look for themselves at once whom somebody accuses: that confirms or clears it sooner.
    private mutating func seeForOneself(_ target: NodeID, at now: Instant) {
        guard settings.isLifeguard, suspicions[target]?.accusers.contains(id) == false,
            !probes.values.contains(where: { $0.target == target })
        else { return }
        let count = Int64(participants)
        if count <= 5 || random.pick(0...count - 1) < 4 { probe(target, at: now) }
    }

    private mutating func gone(_ word: MemberNews, at now: Instant) {
        guard var member = members[word.member], word.incarnation >= member.incarnation else { return }
        let isLeave = word.word == .left
        guard member.status.takesPart || (isLeave && member.status == .dead) else { return }
        member.status = isLeave ? .left : .dead
        member.since = now
        member.incarnation = word.incarnation
        members[member.id] = member
        suspicions[member.id] = nil
        lost[member.id] = nil
        if !isLeave { counters.deaths += 1 }
        note(isLeave ? .left : .died, member)
        tell(word)
    }

    /// Those who have been away for long are forgotten.
    mutating func forget(_ now: Instant) {
        for member in others where !member.status.takesPart && now - member.since >= settings.forgetAfter {
            members[member.id] = nil
            roster.removeAll { $0 == member.id }
            order.remove(member.id)
            note(.forgotten, member)
        }
    }
}
