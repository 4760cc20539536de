internal import Primitives
internal import Routing

/// What people will do, in the order of one instant (routing-semantics 1).
struct Agenda: Sendable {
    enum Deed: Sendable {
        /// The handling of an interaction is over.
        case end(String, AgentID)
        /// The code after the contact is given.
        case wrapUp(SegmentID, AgentID)
        case answer(OfferedWork, AgentID)
        case control(Int)
        case abandon(String)
        case arrival(Int)

        /// The place of its kind within an instant.
        fileprivate var turn: Int {
            switch self {
            case .end, .wrapUp: 0
            case .answer: 1
            case .control: 2
            case .abandon: 3
            case .arrival: 4
            }
        }
    }

    struct Moment: Sendable, Comparable {
        let at: Instant
        fileprivate let turn: Int
        fileprivate let place: Int
        fileprivate let number: UInt64

        static func < (left: Moment, right: Moment) -> Bool {
            (left.at, left.turn, left.place, left.number) < (right.at, right.turn, right.place, right.number)
        }
    }

    private var deeds = TreeMap<Moment, Deed>()
    private var number: UInt64 = 0

    var next: Moment? { deeds.first?.key }

    /// - Parameter place: the order among deeds of one kind and instant.
    @discardableResult mutating func add(_ deed: Deed, at time: Instant, place: Int = 0) -> Moment {
        number += 1
        let moment = Moment(at: time, turn: deed.turn, place: place, number: number)
        deeds.set(moment, deed)
        return moment
    }

    mutating func cancel(_ moment: Moment?) {
        if let moment { deeds.remove(moment) }
    }

    mutating func removeFirst(at now: Instant) -> Deed? {
        guard let first = deeds.first, first.key.at <= now else { return nil }
        return deeds.remove(first.key)
    }
}
