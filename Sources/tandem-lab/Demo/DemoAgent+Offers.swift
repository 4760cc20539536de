import APIClient
import History
import Primitives

/// What an agent does with an offer, from the ring to the end of after-contact work.
extension DemoAgent {
    private enum Choice {
        case accept, decline, ignore
    }

    func answer(_ offer: APIShapes.Offer) async {
        guard let name = offer.identity else { return }
        do {
            switch choose() {
            case .ignore:
                try await miss(name)
            case .decline:
                try await hesitate()
                if over[name] == nil { try await decline(name, offer) }
            case .accept:
                try await hesitate()
                if over[name] == nil, try await accept(name, offer) { try await work(offer) }
            }
        } catch {
            // Cancelled, or the cluster stayed away for too long: the final check finds whatever was left open.
        }
    }

    private func choose() -> Choice {
        if random.chance(DemoBehaviour.ignoredPerThousand) { return .ignore }
        return random.chance(DemoBehaviour.declinedPerThousand) ? .decline : .accept
    }

    private func hesitate() async throws {
        try await Task.sleep(for: .milliseconds(random.pick(DemoBehaviour.answerMilliseconds)))
    }

    /// Lets the alert time out, sees that the cluster holds it against the agent, and comes back.
    private func miss(_ name: String) async throws {
        let before = recoveries
        let deadline = run.clock.now + DemoLimits.unanswered.microseconds
        while over[name] == nil, run.clock.now < deadline { try await Task.sleep(for: .milliseconds(100)) }
        // Withdrawn: the customer gave up first, which spares the agent.
        if let outcome = over[name], outcome != .unanswered { return }
        while recoveries == before, run.clock.now < deadline {
            if await routingStatus() == "notResponding" { return await comeBack() }
            try await Task.sleep(for: .milliseconds(250))
        }
    }

    private func draft(_ operation: HistoryRecord.Operation, _ name: String?, _ offer: APIShapes.Offer) -> HistoryRecord
    {
        var draft = HistoryRecord(operation)
        (draft.offer, draft.agent, draft.conversation) = (name, id, offer.conversation)
        (draft.queue, draft.mediaType) = (offer.queue, offer.mediaType)
        return draft
    }

    private func decline(_ name: String, _ offer: APIShapes.Offer) async throws {
        let response = try await client.send(draft(.decline, name, offer), "POST", Path.offer(name, "decline"))
        await board.count { response.status < 300 ? ($0.declined += 1) : ($0.tooLate += 1) }
    }

    /// - Returns: whether the conversation is this agent's now.
    private func accept(_ name: String, _ offer: APIShapes.Offer) async throws -> Bool {
        do {
            let response = try await client.send(draft(.accept, name, offer), "POST", Path.offer(name, "accept"))
            guard response.status < 300 else {
                await board.count { $0.tooLate += 1 }
                return false
            }
        } catch let error as RecordingClient.GaveUp {
            // Not known: the conversation knows with whom it is.
            guard let conversation = try await client.read(offer.conversation),
                conversation.allSegments.contains(where: { $0.agent == id && $0.state == "connected" })
            else { throw error }
        }
        await board.answered(offer.conversation, by: id, at: run.clock.now)
        return true
    }

    private func work(_ offer: APIShapes.Offer) async throws {
        let began = run.clock.now
        try await run.clock.sleep(until: began + (try await handleMicroseconds(offer.conversation)))
        while true {
            do {
                // Refused where the customer's hanging up came first: it is over, and wrap-up is due all the same.
                let path = Path.conversation(offer.conversation, "end")
                _ = try await client.send(draft(.end, nil, offer), "POST", path)
                break
            } catch is RecordingClient.GaveUp {
                try await Task.sleep(for: DemoLimits.longestPause)
            }
        }
        if let seconds = facts.afterContactSeconds(offer.queue) { try await wrapUp(offer, within: seconds) }
    }

    /// How long the work takes in this run. The customer may not know the conversation's name yet when it rings.
    private func handleMicroseconds(_ conversation: String) async throws -> Int64 {
        let deadline = run.clock.now + DemoLimits.retrying.microseconds
        while run.clock.now < deadline {
            if let arrival = await board.arrival(of: conversation) {
                return Int64(arrival.handleSeconds / run.factor * 1_000_000)
            }
            try await Task.sleep(for: .milliseconds(20))
        }
        return DemoBehaviour.strangerMicroseconds
    }

    private func wrapUp(_ offer: APIShapes.Offer, within seconds: Double) async throws {
        if random.chance(DemoBehaviour.lateWrapUpPerThousand) { return }
        let began = run.clock.now
        guard let segment = try await ownSegmentInWrapUp(offer.conversation) else { return }
        let share = Double(random.pick(DemoBehaviour.wrapUpPercent)) / 100
        try await run.clock.sleep(until: began + Int64(seconds * share * 1_000_000))
        let codes = facts.queues[offer.queue]?.wrapUpCodes ?? []
        guard !codes.isEmpty else { return }
        let code = codes[Int(random.pick(0...Int64(codes.count - 1)))]
        var draft = draft(.wrapUp, nil, offer)
        draft.segment = segment
        let response = try await client.send(
            draft, "POST", Path.wrapUp(segment), body: try APIShapes.encode(APIShapes.WrapUp(code: code)))
        if response.status < 300 { await board.count { $0.wrapUps += 1 } }
    }

    private func ownSegmentInWrapUp(_ conversation: String) async throws -> String? {
        let deadline = run.clock.now + DemoLimits.wrapUp.microseconds
        var pause: Duration = .milliseconds(50)
        while run.clock.now < deadline {
            let segments = try await client.read(conversation)?.allSegments.filter { $0.agent == id } ?? []
            if let due = segments.last(where: { $0.state == "wrapUp" }) { return due.id }
            if !segments.isEmpty, segments.allSatisfy({ $0.state == "completed" }) { return nil }
            try await Task.sleep(for: pause)
            pause = min(pause * 2, .milliseconds(400))
        }
        return nil
    }
}
