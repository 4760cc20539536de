import Cluster
import Distributed
import Primitives
import Synchronization
import Testing

/// Tasks that run beside the shard that they call (decision 0003).
@Suite struct CallerExecutorTests {
    private final class Count: Sendable {
        private let value = Atomic<Int>(0)
        var now: Int { value.load(ordering: .relaxed) }
        func add() { value.add(1, ordering: .relaxed) }
    }

    @Test func `calls of a task are answered without a hop, and not so many that the loop does nothing else`() throws {
        let cluster = TestCluster(nodes: 1)
        let node = cluster.node(NodeID("n1"))
        let id = EntityID(.echo, "echo")
        let echo = try Echo.resolve(id: id, using: TandemSystem(node: node))
        let executor = try #require(node.executor(of: id))
        let answered = Count()
        let task = Task(executorPreference: executor) {
            for _ in 0..<1_000 {
                _ = try await echo.answer(EchoCommand(.measure, body: EchoBody()))
                answered.add()
            }
        }
        cluster.world.step()
        // All of them in the one piece of work that the task's begin was; then the loop has a moment for itself.
        #expect(answered.now == 256)
        cluster.world.advance(.milliseconds(1))
        #expect(answered.now == 1_000)
        task.cancel()
    }
}
