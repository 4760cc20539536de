internal import Cluster
internal import Primitives
internal import Routing

/// A customer: asks for an agent, may lose patience, and remembers what was promised.
///
/// Proof for `@unchecked Sendable`: used only through a ``SimulatedWorld``, which checks its thread at each use.
final class Customer: @unchecked Sendable {
    let id: ConversationID
    private let centre: SimulatedCentre
    private let work: NewConversation
    private(set) var isAcknowledged = false
    private(set) var endReason: EndReason?
    /// The conversation was lost with the log of a wiped node, which is allowed while logs have one copy.
    private(set) var isLostByWipe = false
    private var world: SimulatedWorld { centre.cluster.world }

    init(_ number: Int, centre: SimulatedCentre) {
        self.centre = centre
        id = ConversationID("c\(number)")
        let world = centre.cluster.world
        let queue = QueueID("q\(world.random { $0.pick(1...Int64(centre.settings.queues)) })")
        let media: MediaType = [.voice, .chat, .email, .chat, .social][Int(world.random { $0.pick(0...4) })]
        let skills = world.chance(300) ? [SkillRequest(skill: "billing", minimum: 5)] : []
        work = NewConversation(
            queue: queue, media: media, priority: Int32(world.random { $0.pick(-2...5) }), skills: skills,
            wrapUpCodes: ["done"], defaultWrapUpCode: "done", wrapUpDue: queue.key != "q3")
    }

    var isOver: Bool { isAcknowledged && (endReason != nil || isLostByWipe) }

    func arrive() {
        centre.calls.call(ConversationCommand.create(work), on: id.entity, key: "create \(id)") { [self] reply in
            guard case .created = reply else { return world.note("\(id) refused") }
            isAcknowledged = true
            world.note("\(id) created in \(work.queue)")
            watch()
            if centre.isUnruly, world.chance(250) {
                world.after(world.span(10_000...20_000_000)) { [self] in leave() }
            }
            if centre.isUnruly, world.chance(200) { world.after(world.span(1_000...8_000_000)) { [self] in move() } }
        }
    }

    func leave() {
        guard endReason == nil else { return }
        centre.calls.call(ConversationCommand.abandon, on: id.entity, key: "abandon \(id)") { [self] reply in
            world.note("\(id) abandons: \(reply.map { "\($0)" } ?? "refused")")
        }
    }

    private func move() {
        guard endReason == nil else { return }
        let queue = QueueID("q\(world.random { $0.pick(1...Int64(centre.settings.queues)) })")
        centre.calls.call(ConversationCommand.move(queue), on: id.entity, key: "move \(id)") { [self] _ in
            world.note("\(id) moves to \(queue)")
        }
    }

    /// Reads the conversation until it has ended.
    private func watch() {
        world.after(world.span(400_000...900_000)) { [self] in
            guard !isOver, !centre.calls.isClosed else { return }
            centre.calls.call(ConversationCommand.view, on: id.entity, key: nil) { [self] reply in
                switch reply {
                case .view(let view): endReason = view.endReason
                case .unknown where centre.cluster.wipes > 0: isLostByWipe = true
                default: break
                }
                watch()
            }
        }
    }
}
