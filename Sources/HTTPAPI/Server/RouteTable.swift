/// All routes, found by path and method.
struct RouteTable: Sendable {
    let routes: [Route]
    private let split: [(segments: [Substring], route: Route)]

    init(_ routes: [Route]) {
        self.routes = routes
        split = routes.map { ($0.segments, $0) }
    }

    enum Match {
        case found(Route, parameters: [String: String])
        case otherMethods([String])
        case nothing
    }

    /// - Parameter path: its parts, already decoded. A fixed part goes before a name.
    func match(method: String, path: [String]) -> Match {
        var others: Set<String> = []
        var best: (route: Route, parameters: [String: String])?
        for (segments, route) in split {
            guard let parameters = Self.parameters(segments, path) else { continue }
            guard route.method == method || (method == "HEAD" && route.takesHead) else {
                others.insert(route.method)
                if route.takesHead { others.insert("HEAD") }
                continue
            }
            if best.map({ parameters.count < $0.parameters.count }) ?? true { best = (route, parameters) }
        }
        if let best { return .found(best.route, parameters: best.parameters) }
        return others.isEmpty ? .nothing : .otherMethods(others.sorted())
    }

    private static func parameters(_ segments: [Substring], _ path: [String]) -> [String: String]? {
        guard segments.count == path.count else { return nil }
        var parameters: [String: String] = [:]
        for (segment, part) in zip(segments, path) {
            if segment.hasPrefix("{") {
                parameters[String(segment.dropFirst().dropLast())] = part
            } else if segment != part {
                return nil
            }
        }
        return parameters
    }
}
