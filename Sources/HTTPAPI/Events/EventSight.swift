import Primitives
import Routing

/// What of all notices one reader of events gets: what it asked for, as far as it may see it.
struct EventSight: Sendable {
    let topics: [EventTopic]
    let principal: Principal

    func sees(_ notice: Notice) -> Bool {
        guard topics.contains(where: { $0.covers(notice.entity) }) else { return false }
        let isOwn = notice.entity.kind == .agent && principal.agent?.key == notice.entity.key
        switch notice.audience {
        case .agentSession: return isOwn
        case .topic: return isOwn || principal.sees(division: notice.division)
        }
    }
}
