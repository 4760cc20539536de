import History

/// What a run plays: the options of the command, checked.
struct DemoPlan: Sendable {
    var arrivals: [Arrival]
    var factor: Double
    var servers: [String]
    var authorityFile: String?
    var historyPath: String
    var seed: UInt64

    /// Arrivals of `file`, with times divided by the factor, or squeezed so that `rate` come in a second on average.
    static func arrivals(of file: ArrivalFile, count: Int, factor: Double, rate: Double?) -> [Arrival] {
        var arrivals = file.first(count)
        guard let first = arrivals.first?.at, let last = arrivals.last?.at else { return [] }
        let length = rate.map { Double(arrivals.count) / $0 } ?? (last - first) / factor
        let scale = last > first ? length / (last - first) : 0
        for index in arrivals.indices { arrivals[index].at = (arrivals[index].at - first) * scale }
        return arrivals
    }
}
