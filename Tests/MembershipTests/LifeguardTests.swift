import Membership
import Primitives
import Testing

/// What Lifeguard is for: members that get too little of a processor must not have others declared dead.
@Suite struct LifeguardTests {
    /// Deaths of members that have all they need, with the other 24 of 32 starved.
    private func falsePositives(isLifeguard: Bool) -> Int {
        var settings = SwimSettings()
        settings.isLifeguard = isLifeguard
        let network = GossipNetwork(32, settings: settings, seed: 7)
        network.run(for: .seconds(5))
        var random = SeededRandom(seed: 5)
        var awakeUntil: [NodeID: Instant] = [:]
        let start = network.now
        network.run(for: .seconds(80)) {
            for id in network.ids.prefix(24) where !network.isPaused(id) {
                if let until = awakeUntil[id] {
                    guard network.now >= until else { continue }
                    awakeUntil[id] = nil
                    network.pause(id, for: .milliseconds(random.pick(1_000...8_000)))
                } else {
                    awakeUntil[id] = network.now + .milliseconds(random.pick(5...20))
                }
            }
        }
        let starved = Set(network.ids.prefix(24))
        return network.events.count {
            $0.time >= start && $0.change.kind == .died && !starved.contains($0.change.member.id)
        }
    }

    @Test func `at least ten times fewer false deaths than without`() {
        let plain = falsePositives(isLifeguard: false)
        let guarded = falsePositives(isLifeguard: true)
        #expect(plain >= 100)
        #expect(guarded * 10 <= plain, "\(guarded) with, \(plain) without")
    }
}
