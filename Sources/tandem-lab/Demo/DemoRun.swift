import Foundation
import History
import NIOCore
import Primitives

/// Plays one morning: agents sign in, customers come, everything is drained and read once more.
struct DemoRun {
    /// The run could not be played to its end.
    struct Failure: Error, CustomStringConvertible {
        var description: String
    }

    let plan: DemoPlan
    let tokens: TokenFile
    let context: DemoContext
    let board = DemoBoard()
    private var random: SeededRandom

    init(plan: DemoPlan, tokens: TokenFile, group: any EventLoopGroup) throws {
        self.plan = plan
        self.tokens = tokens
        random = SeededRandom(seed: plan.seed)
        let header = HistoryHeader(
            startedAt: Date().ISO8601Format(), seed: plan.seed, factor: plan.factor, interactions: plan.arrivals.count,
            servers: plan.servers)
        context = DemoContext(
            // Keys must be new in each run against one cluster, whatever the seed.
            name: "demo-" + String(UInt64.random(in: .min ... .max), radix: 36), clock: LabClock(),
            recorder: try HistoryRecorder(path: plan.historyPath, header: header), servers: plan.servers,
            authorityFile: plan.authorityFile, group: group, factor: plan.factor)
    }

    /// - Returns: what the summary and the final check need.
    /// - Throws: ``Failure`` or what the first calls throw; the history is complete up to there.
    mutating func play() async throws -> DemoSummary {
        let agentNames = tokens.agents
        let admin = try client("demo", token: "admin", spreads: true)
        let customers = try client("customers", token: "integration", spreads: true)
        let auditor = try client("auditor", token: "supervisor", spreads: true)
        DemoProgress.write("Reading queues and agents…\n")
        let queues = Set(plan.arrivals.map(\.queue)).sorted()
        let facts = try await CentreFacts(queues: queues, agents: agentNames, with: admin)
        var agents: [DemoAgent] = []
        for (index, name) in agentNames.enumerated() {
            let client = try client("agent:\(name)", token: "agent:\(name)", home: index)
            agents.append(
                DemoAgent(name, client: client, run: context, facts: facts, board: board, seed: random.next()))
        }
        let started = context.clock.now
        try await playMorning(agents, customers: customers, auditor: auditor)
        try await context.recorder.finish(at: context.clock.now)
        return DemoSummary(
            interactions: await board.interactions, counters: await board.counters, facts: facts, factor: plan.factor,
            asked: plan.arrivals.count, wallSeconds: Double(context.clock.now - started) / 1_000_000,
            servers: plan.servers)
    }

    private func playMorning(
        _ agents: [DemoAgent], customers: RecordingClient, auditor: RecordingClient
    ) async throws {
        let progress = DemoProgress(total: plan.arrivals.count, run: context, board: board)
        try await withThrowingTaskGroup(of: Void.self) { group in
            for agent in agents { group.addTask { await agent.attend() } }
            defer { group.cancelAll() }
            DemoProgress.write("\(agents.count) agents sign in…\n")
            try await waitForAgents(agents.count)
            let seconds = Int((plan.arrivals.last?.at ?? 0).rounded(.up))
            DemoProgress.write("\(plan.arrivals.count) customers come within \(seconds) s.\n")
            group.addTask { await progress.show() }
            await playCustomers(customers)
            await FinalCheck(client: auditor, run: context, board: board).drain()
            await withDiscardingTaskGroup { leaving in
                for agent in agents { leaving.addTask { await agent.leave() } }
            }
        }
    }

    private func waitForAgents(_ count: Int) async throws {
        let deadline = context.clock.now + DemoLimits.signIn.microseconds
        while true {
            let signedIn = await board.counters.signedIn
            if signedIn == count { return }
            guard context.clock.now < deadline else {
                throw Failure(
                    description: "only \(signedIn) of \(count) agents could go on queue within \(DemoLimits.signIn). "
                        + "See the nodes' logs. No customer has called.")
            }
            try await Task.sleep(for: .milliseconds(50))
        }
    }

    private func playCustomers(_ client: RecordingClient) async {
        let start = context.clock.now
        await withDiscardingTaskGroup { group in
            for arrival in plan.arrivals {
                let time = start + Int64(arrival.at * 1_000_000)
                do { try await context.clock.sleep(until: time) } catch { return }
                let customer = DemoCustomer(arrival: arrival, client: client, run: context, board: board)
                group.addTask { await customer.call() }
            }
        }
    }

    private mutating func client(
        _ process: String, token: String, home: Int = 0, spreads: Bool = false
    ) throws -> RecordingClient {
        RecordingClient(
            process: process, token: try tokens.token(token), home: home, spreads: spreads, run: context,
            random: random.split())
    }
}
