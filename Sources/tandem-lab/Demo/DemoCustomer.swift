import APIClient
import History

/// One simulated customer: asks, waits, and gives up where nobody answers in time.
struct DemoCustomer: Sendable {
    /// How often a waiting customer notices that it has been answered, in microseconds.
    private static let noticeMicroseconds: Int64 = 500_000

    let arrival: Arrival
    let client: RecordingClient
    let run: DemoContext
    let board: DemoBoard

    /// Ends when the customer is answered or has given up.
    func call() async {
        do {
            let asked = run.clock.now
            guard let id = try await create(asked) else { return }
            let end = asked + Int64(arrival.patienceSeconds / run.factor * 1_000_000)
            while run.clock.now < end {
                try await run.clock.sleep(until: min(end, run.clock.now + Self.noticeMicroseconds))
                if await board.isAnsweredOrOver(id) { return }
            }
            try await giveUp(id)
        } catch {
            // A customer that cannot reach the centre goes on waiting: the final check reads every conversation.
        }
    }

    private func create(_ asked: Int64) async throws -> String? {
        var draft = HistoryRecord(.create)
        (draft.queue, draft.mediaType) = (arrival.queue, arrival.mediaType)
        let skills = arrival.skills.map {
            APIShapes.NewConversation.Skill(skill: $0.id, minimumProficiency: $0.minimumProficiency)
        }
        let body = APIShapes.NewConversation(
            mediaType: arrival.mediaType, queue: arrival.queue, skills: skills, priority: arrival.priority)
        do {
            var server = "?"
            let response = try await client.send(
                draft, "POST", Path.conversations, body: try APIShapes.encode(body)
            ) { response, record in
                server = record.server ?? "?"
                record.conversation = try? APIShapes.decode(APIShapes.Created.self, response.body).id
            }
            guard (200..<300).contains(response.status) else {
                let text = "status \(response.status): \(String(decoding: response.body.prefix(300), as: UTF8.self))"
                await notTaken(text)
                return nil
            }
            let id = try APIShapes.decode(APIShapes.Created.self, response.body).id
            await board.created(id, arrival, asked: asked, server: server)
            return id
        } catch {
            await notTaken(Output.reason(error))
            throw error
        }
    }

    private func notTaken(_ reason: String) async {
        await board.count { counters in
            counters.notTaken += 1
            counters.lastRefusal = reason
        }
    }

    private func giveUp(_ id: String) async throws {
        guard let conversation = try await client.read(id) else { return }
        if ["connected", "held", "ended"].contains(conversation.currentState ?? "") { return }
        var draft = HistoryRecord(.abandon)
        draft.conversation = id
        // 409 and 410: an agent was faster.
        let response = try await client.send(draft, "POST", Path.conversation(id, "abandon"))
        if response.status < 300 { await board.count { $0.abandonsAsked += 1 } }
    }
}
