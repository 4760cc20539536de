import APIClient
import History
import Primitives

/// One simulated agent at its desktop: listens, answers, works, wraps up.
actor DemoAgent {
    let id: String
    let client: RecordingClient
    let run: DemoContext
    let facts: CentreFacts
    let board: DemoBoard
    var random: SeededRandom
    /// Offers that rang here, so that a ring that is repeated is answered once.
    private var rung: Set<String> = []
    private(set) var over: [String: HistoryRecord.OfferOutcome] = [:]
    /// How often it came back after a missed alert.
    private(set) var recoveries = 0
    private var isComingBack = false
    private var isLeaving = false

    init(_ id: String, client: RecordingClient, run: DemoContext, facts: CentreFacts, board: DemoBoard, seed: UInt64) {
        self.id = id
        self.client = client
        self.run = run
        self.facts = facts
        self.board = board
        random = SeededRandom(seed: seed)
    }

    /// Listens and works until the task is cancelled.
    func attend() async {
        await withDiscardingTaskGroup { group in
            group.addTask { await self.listen() }
            group.addTask { await self.watchOwnState() }
        }
    }

    /// Goes off queue for good. Connected work stays.
    func leave() async {
        isLeaving = true
        _ = try? await setPresence("offline", onQueue: false)
    }

    // MARK: - Listening

    private func listen() async {
        await withDiscardingTaskGroup { group in
            var lastEventID: String?
            var failed = false
            var isFirst = true
            while !Task.isCancelled {
                var record = HistoryRecord(.stream, process: client.process, invoked: run.clock.now)
                let (address, events) = client.events(
                    Path.events(id), lastEventID: lastEventID, afterFailure: failed)
                // Rings are not kept for a stream that was away.
                if !isFirst { group.addTask { await self.catchUp() } }
                isFirst = false
                do {
                    for try await event in events {
                        lastEventID = event.id ?? lastEventID
                        // Events are missing: the present state says what rings.
                        if event.event == "reset" { group.addTask { await self.catchUp() } }
                        guard let offer = await take(event) else { continue }
                        group.addTask { await self.answer(offer) }
                    }
                    failed = false
                } catch {
                    failed = true
                    record.outcome = .refused
                }
                (record.agent, record.server, record.completed) = (id, address, run.clock.now)
                await run.recorder.record(record)
                try? await Task.sleep(for: DemoLimits.reopen)
            }
        }
    }

    /// - Returns: the offer, if the event is the first ring of one.
    private func take(_ event: ServerSentEvent) async -> APIShapes.Offer? {
        let bytes = event.data.utf8
        switch event.event {
        case "com.tandem.offer.alerting.v1":
            let offer = try? APIShapes.decode(APIShapes.Event<APIShapes.Offer>.self, bytes).data
            guard let offer else { return nil }
            return await noteRing(offer) ? offer : nil
        case "com.tandem.offer.ended.v1":
            let ended = try? APIShapes.decode(APIShapes.Event<APIShapes.OfferEnded>.self, bytes).data
            if let ended, let outcome = HistoryRecord.OfferOutcome(rawValue: ended.outcome) {
                await noteEnd(ended.offerId, outcome)
            }
            return nil
        default:
            return nil
        }
    }

    /// Looks for offers that rang while the event stream was away.
    private func catchUp() async {
        // The new stream is being opened at the same time: whatever rings after this pause comes by it.
        try? await Task.sleep(for: DemoLimits.reopen)
        var draft = HistoryRecord(.readOffers)
        draft.agent = id
        let response = try? await client.send(draft, "GET", Path.offers(id))
        guard let response, response.status == 200 else { return }
        let list = try? APIShapes.decode(APIShapes.List<APIShapes.Offer>.self, response.body).items
        let offers = list ?? (try? APIShapes.decode([APIShapes.Offer].self, response.body)) ?? []
        await withDiscardingTaskGroup { group in
            for offer in offers {
                guard await noteRing(offer) else { continue }
                group.addTask { await self.answer(offer) }
            }
        }
    }

    /// - Returns: whether the offer is new here.
    private func noteRing(_ offer: APIShapes.Offer) async -> Bool {
        guard let name = offer.identity, rung.insert(name).inserted else { return false }
        let now = run.clock.now
        var record = HistoryRecord(.offerAlerting, process: client.process, invoked: now, completed: now)
        (record.offer, record.agent, record.conversation) = (name, id, offer.conversation)
        (record.queue, record.mediaType) = (offer.queue, offer.mediaType)
        await run.recorder.record(record)
        return true
    }

    private func noteEnd(_ offer: String, _ outcome: HistoryRecord.OfferOutcome) async {
        guard over.updateValue(outcome, forKey: offer) == nil else { return }
        let now = run.clock.now
        var record = HistoryRecord(.offerEnded, process: client.process, invoked: now, completed: now)
        (record.offer, record.agent, record.offerOutcome) = (offer, id, outcome)
        await run.recorder.record(record)
        if outcome == .unanswered { await board.count { $0.unanswered += 1 } }
    }

    // MARK: - Presence

    /// Goes on queue, then looks now and then whether the cluster took it off.
    private func watchOwnState() async {
        do {
            while try await !setPresence("available", onQueue: true) { try await Task.sleep(for: DemoLimits.reopen) }
            await board.count { $0.signedIn += 1 }
            while true {
                try await Task.sleep(for: DemoLimits.refresh)
                if isLeaving { return }
                switch await routingStatus() {
                case "notResponding": await comeBack()
                case "offQueue": _ = try await setPresence("available", onQueue: true)
                default: break
                }
            }
        } catch {
            // Cancelled at the end of the run, or the cluster was away for longer than a call is tried again: a run
            // that lacks this agent shows it in its figures, and the final check decides.
        }
    }

    /// Sets `onQueue` again after an alert that was missed.
    func comeBack() async {
        guard !isLeaving, !isComingBack else { return }
        isComingBack = true
        defer { isComingBack = false }
        try? await Task.sleep(for: .milliseconds(random.pick(DemoBehaviour.backMilliseconds)))
        guard !isLeaving else { return }
        if (try? await setPresence("available", onQueue: true)) == true { recoveries += 1 }
    }

    func routingStatus() async -> String? {
        var draft = HistoryRecord(.readAgent)
        draft.agent = id
        let response = try? await client.send(draft, "GET", Path.agent(id))
        guard let response, response.status == 200 else { return nil }
        return try? APIShapes.decode(APIShapes.Agent.self, response.body).routingStatus
    }

    private func setPresence(_ presence: String, onQueue: Bool) async throws -> Bool {
        var draft = HistoryRecord(.presence)
        (draft.agent, draft.state) = (id, presence)
        let body = try APIShapes.encode(APIShapes.Presence(presence: presence, onQueue: onQueue))
        return try await client.send(draft, "PUT", Path.presence(id), body: body).status < 300
    }
}
