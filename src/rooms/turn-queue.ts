/** Says when a turn of the event loop is over: everything that came in with it has been handled, promises too. */
export interface TurnScheduler {
  afterTurn(callback: () => void): void;
}

/** Something with work to do when the turn is over. It must not throw. */
export interface TurnTask {
  onTurnEnd(): void;
}

/** What has to be done at the end of this turn, in the order in which it was asked for; one callback a turn for all. */
export class TurnQueue {
  readonly #scheduler: TurnScheduler;
  #tasks: TurnTask[] = [];

  constructor(scheduler: TurnScheduler) {
    this.#scheduler = scheduler;
  }

  /** What is added while the queue runs is done at the end of the next turn. */
  add(task: TurnTask): void {
    if (this.#tasks.push(task) === 1) this.#scheduler.afterTurn(this.#run);
  }

  readonly #run = (): void => {
    const tasks = this.#tasks;
    this.#tasks = [];
    for (const task of tasks) task.onTurnEnd();
  };
}
