import ArgumentParser
@main struct TandemNode: AsyncParsableCommand { func run() async throws {} }
