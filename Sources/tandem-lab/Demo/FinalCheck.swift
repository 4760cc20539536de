import History

/// Reads every acknowledged conversation until all have ended or the time for that is over.
struct FinalCheck: Sendable {
    let client: RecordingClient
    let run: DemoContext
    let board: DemoBoard

    /// Conversations that are open afterwards did not end within ``DemoLimits/drain``: they count as lost.
    func drain() async {
        let deadline = run.clock.now + DemoLimits.drain.microseconds
        while true {
            let open = await board.open()
            if open.isEmpty { return }
            await readAll(open)
            guard run.clock.now < deadline, !Task.isCancelled else { return }
            if await !board.open().isEmpty { try? await Task.sleep(for: .milliseconds(500)) }
        }
    }

    private func readAll(_ names: [String]) async {
        await withTaskGroup(of: Void.self) { group in
            var underWay = 0
            for name in names {
                if underWay == DemoLimits.finalReads {
                    await group.next()
                    underWay -= 1
                }
                group.addTask { await read(name) }
                underWay += 1
            }
        }
    }

    private func read(_ name: String) async {
        // A read that fails is repeated in the next round.
        guard let conversation = try? await client.read(name), conversation.currentState == "ended" else { return }
        await board.ended(name, conversation.currentEndReason)
    }
}
