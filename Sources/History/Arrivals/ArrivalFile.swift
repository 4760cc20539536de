/// The interactions of an arrival file (`cluster-config/morning.csv`), in the order of their arrival.
public struct ArrivalFile: Sendable, Equatable {
    /// The first line of every arrival file.
    public static let heading = "arrivalSeconds,queue,mediaType,skills,priority,patienceSeconds,handleSeconds"

    public var arrivals: [Arrival]

    /// Reads the lines of an arrival file.
    /// - Throws: ``ArrivalFileError`` for the first line that cannot be used.
    public init(parsing text: String) throws(ArrivalFileError) {
        let lines = text.split(omittingEmptySubsequences: false) { $0.isNewline }
        guard lines.first.map(String.init) == Self.heading else { throw .heading }
        arrivals = []
        for (index, line) in lines.enumerated().dropFirst() where !line.isEmpty {
            let arrival = try Self.arrival(line, number: index + 1)
            if let last = arrivals.last, arrival.at < last.at { throw .order(line: index + 1) }
            arrivals.append(arrival)
        }
        if arrivals.isEmpty { throw .empty }
    }

    /// The first `count` interactions; where the file is too short, it begins again behind its end.
    public func first(_ count: Int) -> [Arrival] {
        guard let last = arrivals.last else { return [] }
        // One mean distance lies between the end of one round and the start of the next.
        let round = last.at + last.at / Double(arrivals.count)
        return (0..<max(0, count)).map { number in
            var arrival = arrivals[number % arrivals.count]
            arrival.at += Double(number / arrivals.count) * round
            return arrival
        }
    }

    private static func arrival(_ line: Substring, number: Int) throws(ArrivalFileError) -> Arrival {
        let fields = line.split(separator: ",", omittingEmptySubsequences: false).map(String.init)
        guard fields.count == 7 else { throw .line(number, "has \(fields.count) fields instead of 7") }
        func seconds(_ field: Int, _ name: String) throws(ArrivalFileError) -> Double {
            guard let value = Double(fields[field]), value >= 0, value.isFinite else {
                throw .line(number, "\(name) “\(fields[field])” is not a number of seconds")
            }
            return value
        }
        guard let priority = Int(fields[4]) else {
            throw .line(number, "priority “\(fields[4])” is not a whole number")
        }
        return Arrival(
            at: try seconds(0, "arrivalSeconds"), queue: fields[1], mediaType: fields[2],
            skills: try skills(fields[3], number), priority: priority,
            patienceSeconds: try seconds(5, "patienceSeconds"), handleSeconds: try seconds(6, "handleSeconds"))
    }

    private static func skills(_ text: String, _ number: Int) throws(ArrivalFileError) -> [Arrival.Skill] {
        var skills: [Arrival.Skill] = []
        for part in text.split(separator: ";") {
            let pieces = part.split(separator: ":", omittingEmptySubsequences: false).map(String.init)
            switch pieces.count {
            case 1: skills.append(Arrival.Skill(id: pieces[0]))
            case 2:
                guard let level = Double(pieces[1]), (0...5).contains(level) else {
                    throw .line(number, "skill “\(part)” has no level from 0 to 5")
                }
                skills.append(Arrival.Skill(id: pieces[0], minimumProficiency: level))
            default: throw .line(number, "skill “\(part)” is not skill or skill:level")
            }
        }
        return skills
    }
}
